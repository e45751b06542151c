//! Version requirements as dbt compares them (`dbt_common/semver.py`).
//!
//! Owns [`VersionSpecifier`] and [`compatible`]. Not the SemVer of cargo: `1.2.3` is exact, pre-releases come before their
//! release, and the comparison knows nothing of `^` and `~`.

use std::cmp::Ordering;
use std::fmt;

/// The version of dbt whose behaviour meshbuild stands in for; `require-dbt-version` is checked against it.
pub const DBT_VERSION: &str = "1.11.16";

/// How a version is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matcher {
    /// `=` or nothing.
    Exact,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

/// A version with a comparison, such as `>=1.7.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSpecifier {
    /// The comparison.
    pub matcher: Matcher,
    /// Major, minor and patch.
    pub numbers: [u64; 3],
    /// What stands behind `-`.
    pub prerelease: Option<String>,
    /// What stands behind `+`; never compared.
    pub build: Option<String>,
}

/// A version that cannot be read. Shown as dbt shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a valid semantic version.")]
pub struct VersionError {
    /// The text.
    pub text: String,
}

impl VersionSpecifier {
    /// Reads a version with an optional comparison before it.
    ///
    /// # Errors
    /// Anything but three numbers, with `-prerelease` and `+build` behind them.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let error = || VersionError { text: text.to_owned() };
        let matchers = [
            (">=", Matcher::GreaterOrEqual),
            ("<=", Matcher::LessOrEqual),
            (">", Matcher::Greater),
            ("<", Matcher::Less),
            ("=", Matcher::Exact),
        ];
        let found = matchers.iter().find_map(|(sign, matcher)| Some((*matcher, text.strip_prefix(sign)?)));
        let (matcher, version) = found.unwrap_or((Matcher::Exact, text));
        let (version, build) = match version.split_once('+') {
            Some((version, build)) => (version, Some(build.to_owned())),
            None => (version, None),
        };
        let digits_end = version
            .match_indices(|character: char| !character.is_ascii_digit() && character != '.')
            .next()
            .map_or(version.len(), |(at, _)| at);
        let (release, rest) = version.split_at(digits_end);
        let prerelease = match rest.strip_prefix('-').unwrap_or(rest) {
            "" if rest.is_empty() => None,
            "" => return Err(error()),
            prerelease => Some(prerelease.to_owned()),
        };
        let parts: Option<Vec<u64>> = release.split('.').map(number).collect();
        let numbers = parts.and_then(|parts| <[u64; 3]>::try_from(parts).ok()).ok_or_else(error)?;
        let is_name = |text: &String| {
            let is_part = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            text.split('.').all(is_part)
        };
        if !prerelease.iter().chain(&build).all(is_name) {
            return Err(error());
        }
        Ok(VersionSpecifier { matcher, numbers, prerelease, build })
    }

    fn is_lower(&self) -> bool {
        matches!(self.matcher, Matcher::Greater | Matcher::GreaterOrEqual)
    }

    fn is_upper(&self) -> bool {
        matches!(self.matcher, Matcher::Less | Matcher::LessOrEqual)
    }

    fn is_exact(&self) -> bool {
        self.matcher == Matcher::Exact
    }

    /// dbt's comparison, in which the matchers decide between equal versions.
    pub fn compare(&self, other: &Self) -> Ordering {
        use Matcher::{Greater, GreaterOrEqual, Less, LessOrEqual};
        let versions = self.numbers.cmp(&other.numbers).then_with(|| match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            // A pre-release of the version that is excluded from above is excluded as well.
            (None, Some(_)) if self.matcher == Less => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(two)) => compare_prereleases(one, two),
        });
        versions.then_with(|| match (self.matcher, other.matcher) {
            (GreaterOrEqual, LessOrEqual) | (LessOrEqual, GreaterOrEqual) => Ordering::Equal,
            (Less, LessOrEqual) | (GreaterOrEqual, Greater) => Ordering::Less,
            (LessOrEqual, Less) | (Greater, GreaterOrEqual) => Ordering::Greater,
            _ if self.is_upper() && other.is_lower() => Ordering::Less,
            _ if self.is_lower() && other.is_upper() => Ordering::Greater,
            _ => Ordering::Equal,
        })
    }

    /// Whether the exact version `self` lies within `bound`.
    fn satisfies(&self, bound: &Self) -> bool {
        let order = bound.compare(self);
        match bound.matcher {
            Matcher::Exact => order == Ordering::Equal,
            Matcher::Greater => order == Ordering::Less,
            Matcher::GreaterOrEqual => order != Ordering::Greater,
            Matcher::Less => order == Ordering::Greater,
            Matcher::LessOrEqual => order != Ordering::Less,
        }
    }
}

impl fmt::Display for VersionSpecifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.matcher {
            Matcher::Exact => "=",
            Matcher::Greater => ">",
            Matcher::GreaterOrEqual => ">=",
            Matcher::Less => "<",
            Matcher::LessOrEqual => "<=",
        };
        let [major, minor, patch] = self.numbers;
        write!(f, "{sign}{major}.{minor}.{patch}")?;
        if let Some(prerelease) = &self.prerelease {
            write!(f, "-{prerelease}")?;
        }
        match &self.build {
            Some(build) => write!(f, "+{build}"),
            None => Ok(()),
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if has_leading_zero { None } else { text.parse().ok() }
}

/// Dotted parts: numbers by value, before words; words by letter; the shorter first.
fn compare_prereleases(one: &str, two: &str) -> Ordering {
    let parts = one.split('.').zip(two.split('.')).map(|(one, two)| match (one.parse::<u64>(), two.parse::<u64>()) {
        (Ok(one), Ok(two)) => one.cmp(&two),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(two),
    });
    let unequal = parts.into_iter().find(|order| order.is_ne());
    unequal.unwrap_or_else(|| one.split('.').count().cmp(&two.split('.').count()))
}

/// The versions from one bound to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange {
    /// The lower bound, or the exact version.
    pub start: Option<VersionSpecifier>,
    /// The upper bound, or the exact version.
    pub end: Option<VersionSpecifier>,
}

impl VersionRange {
    /// What satisfies all of `specifiers`; nothing where no version does.
    pub fn of<'a>(specifiers: impl IntoIterator<Item = &'a VersionSpecifier>) -> Option<VersionRange> {
        let specifiers: Vec<&VersionSpecifier> = specifiers.into_iter().collect();
        if let Some(exact) = specifiers.iter().find(|specifier| specifier.is_exact()) {
            let alone = specifiers.len() == 1 || specifiers.iter().all(|specifier| exact.satisfies(specifier));
            return alone.then(|| VersionRange { start: Some((*exact).clone()), end: Some((*exact).clone()) });
        }
        let highest = |one: &'a VersionSpecifier, two: &'a VersionSpecifier| {
            if one.compare(two).is_lt() { two } else { one }
        };
        let lowest = |one: &'a VersionSpecifier, two: &'a VersionSpecifier| {
            if one.compare(two).is_gt() { two } else { one }
        };
        let start = specifiers.iter().copied().filter(|specifier| specifier.is_lower()).reduce(highest);
        let end = specifiers.iter().copied().filter(|specifier| specifier.is_upper()).reduce(lowest);
        if let (Some(start), Some(end)) = (start, end)
            && start.compare(end).is_gt()
        {
            return None;
        }
        Some(VersionRange { start: start.cloned(), end: end.cloned() })
    }

    /// Whether the exact version lies within.
    pub fn holds(&self, version: &VersionSpecifier) -> bool {
        compatible(std::iter::once(version).chain(&self.start).chain(&self.end))
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bounds: Vec<String> = self.start.iter().chain(&self.end).map(ToString::to_string).collect();
        f.write_str(if bounds.is_empty() { "ANY" } else { "" })?;
        f.write_str(&bounds.join(", "))
    }
}

/// Whether some version satisfies all of `specifiers`.
pub fn compatible<'a>(specifiers: impl IntoIterator<Item = &'a VersionSpecifier>) -> bool {
    VersionRange::of(specifiers).is_some()
}

/// Reads what `require-dbt-version` may hold: texts, each with one or more comma-separated specifiers.
///
/// # Errors
/// The first one that cannot be read. As in dbt, blanks around a comma are an error.
pub fn parse_requirement<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<VersionSpecifier>, VersionError> {
    texts.into_iter().flat_map(|text| text.split(',')).map(VersionSpecifier::parse).collect()
}

#[cfg(test)]
mod tests;
