use super::*;

fn address(name: &str, provider: Option<&str>) -> Result<String, String> {
    let text = |text: &str| Text { value: text.into(), span: Span::file("packages.yml") };
    private_address(&text(name), provider.map(text).as_ref()).map_err(|error| error.message)
}

#[test]
fn a_private_repository_has_the_address_of_its_provider() {
    assert_eq!(address("a/b", None).unwrap(), "git@github.com:a/b.git");
    assert_eq!(address("a/group/b", Some("gitlab")).unwrap(), "git@gitlab.com:a/group/b.git");
    assert_eq!(address("a/p/b", Some("ado")).unwrap(), "git@ssh.dev.azure.com:v3/a/p/b");
}

#[test]
fn a_private_repository_that_has_no_address_is_refused() {
    assert!(address("a/b", Some("azure_devops")).unwrap_err().contains("requires org/project/repo format"));
    assert!(address("a/b", Some("bitbucket")).unwrap_err().contains("Valid providers are: github, gitlab"));
}
