//! The arguments of a call, bound to parameter names as Python binds them.

use minijinja::value::Value;

use super::error::{Outcome, error};

/// Positional and keyword arguments of one call.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    positional: &'a [Value],
    keywords: Option<&'a Value>,
    /// How many arguments Python passes by itself before these, such as the value that a filter works on.
    implicit: usize,
}

/// Parts the arguments of a call: minijinja hands keyword arguments as one last value.
pub fn split_kwargs(arguments: &[Value]) -> Arguments<'_> {
    Arguments::new(arguments)
}

impl<'a> Arguments<'a> {
    /// The arguments as a minijinja object receives them.
    pub fn new(arguments: &'a [Value]) -> Arguments<'a> {
        match arguments.split_last() {
            Some((last, rest)) if last.is_kwargs() => Arguments { positional: rest, keywords: Some(last), implicit: 0 },
            _ => Arguments { positional: arguments, keywords: None, implicit: 0 },
        }
    }

    /// The same after one more argument that Python passes by itself; error texts count those too.
    pub fn after_implicit(self) -> Arguments<'a> {
        Arguments { implicit: self.implicit + 1, ..self }
    }

    /// The positional ones.
    pub fn positional(&self) -> &'a [Value] {
        self.positional
    }

    /// The keyword argument of this name.
    pub fn keyword(&self, name: &str) -> Option<Value> {
        self.keywords?.as_object()?.get_value(&Value::from(name))
    }

    /// Names and values of the keyword arguments, in the order in which they were written.
    pub fn keywords(&self) -> Vec<(String, Value)> {
        let Some(keywords) = self.keywords else { return Vec::new() };
        let names = keywords.try_iter().into_iter().flatten();
        let named = names.filter_map(|name| Some((name.as_str()?.to_string(), self.keyword(name.as_str()?)?)));
        named.collect()
    }

    /// Whether there are keyword arguments.
    pub fn has_keywords(&self) -> bool {
        self.keywords.is_some_and(Value::is_true)
    }

    /// Nothing but the positional arguments from `count` on, for calls that hand the rest to something else.
    pub fn skip(&self, count: usize) -> Arguments<'a> {
        Arguments { positional: self.positional.get(count..).unwrap_or_default(), ..*self }
    }

    /// The arguments again as minijinja hands them over.
    pub fn to_vec(self) -> Vec<Value> {
        self.positional.iter().chain(self.keywords).cloned().collect()
    }

    /// Binds to the parameters `names` of `function`, the first `required` of which have no default.
    ///
    /// # Errors
    /// Python's `TypeError` texts: too many, missing, unexpected or repeated arguments.
    pub fn bind<const COUNT: usize>(
        &self,
        function: &str,
        names: [&str; COUNT],
        required: usize,
    ) -> Outcome<[Option<Value>; COUNT]> {
        let mut bound: [Option<Value>; COUNT] = [const { None }; COUNT];
        if self.positional.len() > COUNT {
            let [count, required, given] = [COUNT, required, self.positional.len()].map(|count| count + self.implicit);
            return Err(too_many(function, count, required, given));
        }
        for (slot, value) in bound.iter_mut().zip(self.positional) {
            *slot = Some(value.clone());
        }
        for (name, value) in self.keywords() {
            match names.iter().position(|known| *known == name) {
                None => return Err(error(format!("{function}() got an unexpected keyword argument '{name}'"))),
                Some(index) if bound[index].is_some() => {
                    return Err(error(format!("{function}() got multiple values for argument '{name}'")));
                }
                Some(index) => bound[index] = Some(value),
            }
        }
        let missing: Vec<&str> = names
            .iter()
            .zip(&bound)
            .take(required)
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| *name)
            .collect();
        if missing.is_empty() { Ok(bound) } else { Err(missing_arguments(function, &missing)) }
    }

    /// As [`Arguments::bind`] for what Python has in C, whose error texts are others.
    ///
    /// # Errors
    /// Too many, missing or unexpected arguments.
    pub fn bind_native<const COUNT: usize>(
        &self,
        names: [&str; COUNT],
        required: usize,
    ) -> Outcome<[Option<Value>; COUNT]> {
        let given = self.positional.len();
        if given > COUNT {
            return Err(error(format!("function takes at most {COUNT} arguments ({given} given)")));
        }
        if let Some((name, _)) = self.keywords().iter().find(|(name, _)| !names.contains(&name.as_str())) {
            return Err(error(format!("'{name}' is an invalid keyword argument for __new__()")));
        }
        let bound = self.bind("function", names, 0)?;
        match bound.iter().take(required).position(Option::is_none) {
            Some(index) => {
                let (name, position) = (names[index], index + 1);
                Err(error(format!("function missing required argument '{name}' (pos {position})")))
            }
            None => Ok(bound),
        }
    }

    /// Binds exactly one argument that every call must give.
    ///
    /// # Errors
    /// As [`Arguments::bind`].
    pub fn one(&self, function: &str) -> Outcome<&'a Value> {
        match (self.positional, self.has_keywords()) {
            ([value], false) => Ok(value),
            (_, true) => Err(error(format!("{function}() takes no keyword arguments"))),
            (given, false) => Err(error(format!("{function}() takes exactly one argument ({} given)", given.len()))),
        }
    }

    /// Checks that there are no arguments.
    ///
    /// # Errors
    /// Python's text when there are some.
    pub fn none(&self, function: &str) -> Outcome<()> {
        match (self.positional.len(), self.has_keywords()) {
            (0, false) => Ok(()),
            (_, true) => Err(error(format!("{function}() takes no keyword arguments"))),
            (given, false) => Err(error(format!("{function}() takes no arguments ({given} given)"))),
        }
    }
}

fn too_many(function: &str, count: usize, required: usize, given: usize) -> minijinja::Error {
    let plural = |number: usize| if number == 1 { "" } else { "s" };
    let takes = match required == count {
        true => format!("{count} positional argument{}", plural(count)),
        false => format!("from {required} to {count} positional arguments"),
    };
    let was = if given == 1 { "was" } else { "were" };
    error(format!("{function}() takes {takes} but {given} {was} given"))
}

/// Python's text for parameters without a value.
pub(crate) fn missing_arguments(function: &str, names: &[&str]) -> minijinja::Error {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let listed = match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    error(format!("{function}() missing {} required positional argument{plural}: {listed}", names.len()))
}
