//! The tables of options and commands as clap's commands, which split the words, write help pages and complete.
//!
//! Owns the shape of that tree. What the values mean is read in `value`: to clap every value is text, so that those of
//! environment variables, which clap never sees, are held to the same rules.

use super::commands::{COMMANDS, CommandSpec, Positional, find};
use super::help;
use super::option::{Kind, OptionSpec, Support};
use super::options::{GLOBAL, ROOT_ONLY};
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, Command, ValueHint};
use std::ffi::OsStr;

/// The whole command line. What belongs to one command only is made when that command is met.
pub(super) fn tree() -> Command {
    let mut root = frame(Command::new(help::PROGRAM).about(help::ABOUT), &help::root_usage())
        .override_help(help::root_help())
        .arg_required_else_help(true);
    root = root.args(GLOBAL.iter().chain(ROOT_ONLY).flat_map(arguments)).args(help_options());
    root.subcommands(COMMANDS.iter().map(|command| subcommand(command, fill)))
}

/// The whole command line under the name `program`, for a completion script.
pub(in crate::cli) fn completion_tree(program: &'static str) -> Command {
    tree().name(program).bin_name(program)
}

fn subcommand(spec: &'static CommandSpec, fill: fn(Command) -> Command) -> Command {
    let command = Command::new(spec.name).about(spec.about);
    command.hide(spec.hidden).defer(fill)
}

/// What a command of the first level consists of, found by its name.
fn fill(command: Command) -> Command {
    match find(COMMANDS, command.get_name()) {
        Some(spec) => body(command, spec, spec.name),
        None => command,
    }
}

/// What a command behind a family's name consists of.
fn fill_child(command: Command) -> Command {
    let families = COMMANDS.iter().filter(|family| !family.children.is_empty());
    let found =
        families.flat_map(|family| find(family.children, command.get_name()).map(|child| (family, child))).next();
    match found {
        Some((family, spec)) => body(command, spec, &format!("{} {}", family.name, spec.name)),
        None => command,
    }
}

fn body(command: Command, spec: &'static CommandSpec, path: &str) -> Command {
    let mut options: Vec<_> = spec.all_options().collect();
    options.sort_by_key(|option| option.group);
    let is_family = !spec.children.is_empty();
    let arguments =
        options.into_iter().flat_map(arguments).map(|argument| if is_family { argument.hide(true) } else { argument });
    let mut command = frame(command, &help::usage(spec, path)).args(arguments);
    command = match spec.positional {
        Positional::None => command,
        Positional::One(id, shown) => command.arg(Arg::new(id).value_name(shown).required(true)),
        Positional::Perhaps(id, shown) => command.arg(Arg::new(id).value_name(shown.trim_matches(['[', ']']))),
    };
    if !is_family {
        return command.args(help_options());
    }
    let children = spec.children.iter().map(|child| subcommand(child, fill_child));
    command.args(help_options()).arg_required_else_help(true).subcommand_required(true).subcommands(children)
}

/// What every level has.
fn frame(command: Command, usage: &str) -> Command {
    command
        .override_usage(usage.to_owned())
        .help_template("Usage: {usage}\n\n{about}\n\n{all-args}{after-help}")
        .after_help("A switch such as --defer has its opposite, --no-defer.\n")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .version("")
}

/// The options that print a text and end the program.
fn help_options() -> [Arg; 2] {
    let help = Arg::new("help")
        .long("help")
        .short('h')
        .action(ArgAction::Help)
        .help("Print this, --help also what has no effect");
    let version = Arg::new("version").long("version").short('V').short_alias('v').action(ArgAction::Version);
    [help, version.help("Print versions")].map(|argument| argument.help_heading("Help"))
}

/// The one or two arguments that an option is to clap.
fn arguments(spec: &'static OptionSpec) -> impl Iterator<Item = Arg> {
    let mut main = named(Arg::new(spec.name), spec.long, spec.short);
    main = match spec.kind {
        Kind::Flag | Kind::Switch(_) => main.action(ArgAction::SetTrue),
        Kind::Words | Kind::ChoiceWords(_) => main.num_args(1..).action(ArgAction::Append),
        _ => main.allow_hyphen_values(true).action(ArgAction::Set),
    };
    if !matches!(spec.kind, Kind::Flag | Kind::Switch(_)) {
        main = main.value_parser(Listed(spec.kind.choices().unwrap_or_default())).value_name(value_name(spec.kind));
    }
    if spec.kind == Kind::Path {
        main = main.value_hint(ValueHint::AnyPath);
    }
    if !spec.kind.takes_words() {
        main = main.overrides_with(spec.name);
    }
    main = shown(main, spec, &help::option_help(spec));
    let Kind::Switch(opposite) = spec.kind else { return [Some(main), None].into_iter().flatten() };
    let mut negative = Arg::new(opposite).long(opposite).action(ArgAction::SetTrue).overrides_with(opposite);
    negative = shown(negative, spec, "").hide(true).overrides_with(spec.name);
    if spec.name == "use_colors" {
        negative = negative.alias("no-color");
    }
    [Some(main.overrides_with(opposite)), Some(negative)].into_iter().flatten()
}

fn named(mut argument: Arg, long: &'static [&'static str], short: &'static [char]) -> Arg {
    let (Some((long, long_aliases)), short) = (long.split_first(), short.split_first()) else { return argument };
    argument = argument.long(*long).aliases(long_aliases);
    match short {
        Some((short, aliases)) => argument.short(*short).short_aliases(aliases.iter().copied()),
        None => argument,
    }
}

fn shown(argument: Arg, spec: &OptionSpec, text: &str) -> Arg {
    argument
        .help(text.to_owned())
        .help_heading(spec.group.heading())
        .hide(spec.hidden)
        .hide_short_help(spec.support == Support::NoEffect)
        .hide_possible_values(spec.kind.choices().is_some_and(|words| words.len() > 5))
}

fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Path => "PATH",
        Kind::Time => "TIME",
        Kind::Integer { .. } => "NUMBER",
        Kind::Words | Kind::ChoiceWords(_) => "WORDS",
        _ => "TEXT",
    }
}

/// Takes any text and offers some words: a wrong one is told in click's words later.
#[derive(Clone)]
struct Listed(&'static [&'static str]);

impl TypedValueParser for Listed {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        if self.0.is_empty() {
            return None;
        }
        Some(Box::new(self.0.iter().map(|word| PossibleValue::new(*word))))
    }
}
