use super::{interpreter, last_line, line_range, missing_module};

const TRACEBACK: &str = "Python model failed:
Traceback (most recent call last):
  File \"models/a.py\", line 3, in model
    return helper()
  File \"models/a.py\", line 2, in helper
    import pandas.core
ModuleNotFoundError: No module named 'pandas.core'
(run by /venv/bin/python)";

#[test]
fn the_place_is_the_models_last_line_in_the_traceback() {
    assert_eq!(last_line(TRACEBACK, "models/a.py"), Some(2));
    assert_eq!(last_line(TRACEBACK, "models/b.py"), None);
    assert_eq!(line_range("def model():\n    return 1\n", 2), Some(17..25));
    assert_eq!(line_range("def model():\n    return 1\n", 9), None);
}

#[test]
fn a_missing_module_is_named_with_the_interpreter_that_lacks_it() {
    assert_eq!(missing_module(TRACEBACK), Some("pandas"));
    assert_eq!(interpreter(TRACEBACK), ", /venv/bin/python");
    assert_eq!(missing_module("ValueError: x"), None);
}
