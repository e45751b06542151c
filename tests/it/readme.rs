//! What the README shows is what the program prints: its `console` blocks are run, one after the other, in a copy of
//! `projects/`. A line `...` stands for any lines.

use crate::support::{Project, redact, repository_root};

struct Shown {
    command: String,
    output: Vec<String>,
}

fn shown(readme: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line.strip_prefix("$ ") {
            _ if line == "```console" => inside = true,
            _ if line == "```" => inside = false,
            Some(command) if inside => all.push(Shown { command: command.to_owned(), output: Vec::new() }),
            None if inside => all.iter_mut().last().into_iter().for_each(|shown| shown.output.push(line.to_owned())),
            _ => {}
        }
    }
    all
}

/// The words of a command as a shell makes them, as far as the README needs it: double quotes.
fn words(command: &str) -> Vec<&str> {
    let quoted = command.split('"').enumerate();
    quoted.flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split_whitespace().collect() }).collect()
}

/// Whether `lines` are `pattern`, in which a line `...` stands for any lines.
fn matches(pattern: &[String], lines: &[String]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skipped| matches(rest, &lines[skipped..])),
        Some((first, rest)) => lines.split_first().is_some_and(|(line, others)| line == first && matches(rest, others)),
    }
}

#[test]
fn every_command_prints_what_the_readme_shows() {
    let readme = std::fs::read_to_string(repository_root().join("README.md")).expect("README.md");
    let project = Project::copy_of(&repository_root().join("projects"));
    let lines = |text: &str| -> Vec<String> {
        redact(text).lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    for Shown { command, output } in shown(&readme) {
        if let Some((text, path)) = command.strip_prefix("echo ").and_then(|rest| rest.split_once(" > ")) {
            project.write(path, &format!("{}\n", text.trim_matches('"')));
            continue;
        }
        let Some(("meshbuild", arguments)) = words(&command).split_first().map(|(first, rest)| (*first, rest.to_vec()))
        else {
            panic!("the README runs '{command}', which is neither meshbuild nor echo");
        };
        let printed = project.run(arguments).golden();
        let expected = lines(&output.join("\n"));
        assert!(matches(&expected, &lines(&printed)), "$ {command}\n{printed}");
    }
}
