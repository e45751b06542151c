use super::*;
use crate::diagnostic::Span;

fn address_in(info: &str, name: &str, provider: Option<&str>) -> Result<String, String> {
    let environment = BTreeMap::from([(VARIABLE.to_owned(), info.to_owned())]);
    let text = |text: &str| Text { value: text.into(), span: Span::file("packages.yml") };
    super::address(&environment, &text(name), provider.map(text).as_ref()).map_err(|error| error.message)
}

fn address(name: &str, provider: Option<&str>) -> Result<String, String> {
    address_in("", name, provider)
}

#[test]
fn a_private_repository_has_the_address_of_its_provider() {
    assert_eq!(address("a/b", None).unwrap(), "git@github.com:a/b.git");
    assert_eq!(address("a/group/b", Some("gitlab")).unwrap(), "git@gitlab.com:a/group/b.git");
    assert_eq!(address("a/p/b", Some("ado")).unwrap(), "git@ssh.dev.azure.com:v3/a/p/b");
    assert_eq!(address("a/b", Some("")).unwrap(), "git@github.com:a/b.git");
    assert_eq!(address_in("[]", "a/b", None).unwrap(), "git@github.com:a/b.git");
}

#[test]
fn a_private_repository_that_has_no_address_is_refused() {
    assert!(address("a/b", Some("azure_devops")).unwrap_err().contains("requires org/project/repo format"));
    assert!(address("a/b", Some("bitbucket")).unwrap_err().contains("Valid providers are: github, gitlab"));
}

/// What dbt-core 1.12.6 makes of these.
#[test]
fn tokens_open_the_repositories_that_an_address_is_given_for() {
    let entry = |provider: &str, url: &str| {
        format!(r#"[{{"org": "acme", "url": "{url}", "token": "t0k", "provider": "{provider}"}}]"#)
    };
    let any = entry("github", "https://{token}@github.com/acme/{repo}.git");
    let one = entry("github", "https://{token}@github.com/acme/shop.git");
    let groups = entry("gitlab", "https://oauth2:{token}@gitlab.com/acme/{group}/{repo}.git");
    let azure = entry("azure_active_directory", "https://{token}@dev.azure.com/acme/one/_git/{repo}");
    let ado = entry("ado", "https://{token}@dev.azure.com/acme/{project}/_git/{repo}");
    let braces = entry("github", "https://{token}@github.com/acme/{repo}.git?x={{y}}");
    let cases = [
        (&braces, "acme/shop", None, Some("https://t0k@github.com/acme/shop.git?x={y}")),
        (&any, "acme/shop", None, Some("https://t0k@github.com/acme/shop.git")),
        (&any, "acme/shop", Some("github"), Some("https://t0k@github.com/acme/shop.git")),
        (&any, "acme/shop", Some("gitlab"), None),
        (&any, "other/shop", None, None),
        (&any, "acme/group/shop", None, None),
        (&one, "acme/shop", None, Some("https://t0k@github.com/acme/shop.git")),
        (&one, "acme/till", None, None),
        (&groups, "acme/a/b/till", None, Some("https://oauth2:t0k@gitlab.com/acme/a/b/till.git")),
        (&groups, "acme/till", None, None),
        (&azure, "acme/till", None, Some("https://t0k@dev.azure.com/acme/one/_git/till")),
        (&azure, "acme/till", Some("azure_devops"), Some("https://t0k@dev.azure.com/acme/one/_git/till")),
        (&azure, "acme/till", Some("ado"), None),
        (&azure, "acme/one/till", Some("ado"), Some("https://t0k@dev.azure.com/acme/one/_git/till")),
        (&azure, "acme/two/till", None, None),
        (&ado, "acme/two/till", None, Some("https://t0k@dev.azure.com/acme/two/_git/till")),
        (&ado, "acme/till", None, None),
        (&ado, "acme/till", Some("azure_devops"), None),
    ];
    for (info, name, provider, expected) in cases {
        let found = address_in(info, name, provider);
        match expected {
            Some(expected) => assert_eq!(found.as_deref(), Ok(expected), "{name} {provider:?} of {info}"),
            None => {
                let shown = provider.unwrap_or("None");
                let message = format!("No matching Git URLs for private definition {name} with provider {shown}");
                assert_eq!(found, Err(message), "of {info}");
            }
        }
    }
}

#[test]
fn the_first_entry_that_holds_a_repository_counts() {
    let info = r#"[
        {"org": "acme", "url": "https://{token}@github.com/acme/till.git", "token": "one", "provider": "github"},
        {"org": "acme", "url": "https://{token}@github.com/acme/{repo}.git", "token": "two", "provider": "github"}
    ]"#;
    assert_eq!(address_in(info, "acme/till", None).unwrap(), "https://one@github.com/acme/till.git");
    assert_eq!(address_in(info, "acme/shop", None).unwrap(), "https://two@github.com/acme/shop.git");
}

#[test]
fn a_variable_that_is_wrong_is_refused_without_telling_what_is_in_it() {
    let cases = [
        ("s3cr3t", "is no JSON"),
        (r#"{"token": "s3cr3t"}"#, "lacks a key or has a wrong one"),
        (r#"[{"token": "s3cr3t"}]"#, "lacks a key or has a wrong one"),
        (r#"[{"org": "a", "url": "u", "token": "s3cr3t", "provider": "s3cr3t"}]"#, "unknown provider in entry 1"),
        (
            r#"[{"org": "a", "url": "https://{s3cr3t}@b/c", "token": "t", "provider": "github"}]"#,
            "has a url in entry 1 with other braces than {token}, {repo}, {group}, {project}",
        ),
        (r#"[{"org": "a", "url": "https://{tok", "token": "s3cr3t", "provider": "github"}]"#, "other braces than"),
    ];
    for (info, expected) in cases {
        let message = address_in(info, "a/b", None).unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains("s3cr3t"), "{message}");
    }
    let one = r#"[{"org": "a", "url": "https://{token}@b/a/{repo}", "token": "t", "provider": "github"}]"#;
    assert_eq!(address_in(one, "a", None).unwrap_err(), "'a' is not the name of a private package");
    assert!(address_in(one, "a/b", Some("bitbucket")).unwrap_err().contains("Valid providers: github, gitlab"));
}
