use super::*;

#[test]
fn every_shell_completes_commands_options_and_words() {
    for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
        let script = completions(shell, "meshbuild");
        for word in ["run-operation", "generate", "full-refresh", "cautious"] {
            // PowerShell and Elvish do not complete values
            let values = word != "cautious" || !matches!(shell, Shell::PowerShell | Shell::Elvish);
            assert!(!values || script.contains(word), "{shell} has no {word}");
        }
        assert!(!script.contains("{program}"), "{shell}");
    }
}
