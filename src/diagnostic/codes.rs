//! The table of error codes: one line for each, its page beside it in `docs/errors/`.

use std::fmt;

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal,)*) => {
        /// A stable code for one kind of problem, grouped by phase: MB01 project files, 02 YAML, 03 Jinja, 04 SQL,
        /// 05 refs and graph, 06 mesh, contracts and access, 07 selection, 08 execution, 09 artifacts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])* $name,)*
        }

        impl ErrorCode {
            /// Every code, in order.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)*];

            /// The code as it is printed, such as `MB0501`.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $code,)* }
            }

            /// The page of `docs/errors` about this code, as Markdown.
            pub fn page(self) -> &'static str {
                match self { $(ErrorCode::$name => include_str!(concat!("../../docs/errors/", $code, ".md")),)* }
            }
        }
    };
}

error_codes! {
    // 01 project files
    /// No dbt project and no mesh was found.
    NoProject = "MB0101",

    // 02 YAML

    // 03 Jinja
    /// A template does not parse.
    JinjaSyntax = "MB0301",
    /// A template fails while it is rendered.
    JinjaRender = "MB0302",
    /// A template uses something that is not defined.
    JinjaUndefined = "MB0303",
    /// Two macros of one package have the same name.
    JinjaDuplicateMacro = "MB0304",

    // 04 SQL

    // 05 refs and graph

    // 06 mesh, contracts, access

    // 07 selection

    // 08 execution

    // 09 artifacts
}

impl ErrorCode {
    /// The code that is printed as `text`, if there is one. Case does not matter.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
