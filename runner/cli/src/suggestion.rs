use crate::arguments::Arguments;
use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue};

/// Suggests the verb whose name is nearest. Short aliases resemble everything a little.
pub fn by_name(error: &mut clap::Error) {
    let Some(ContextValue::String(wrong)) = error.get(ContextKind::InvalidSubcommand) else { return };
    let command = Arguments::command();
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    if let Some(near) = infra_session::nearest(wrong, shown.map(clap::Command::get_name)) {
        let near = ContextValue::Strings(vec![near.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, near);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[test]
    fn a_slip_of_the_pen_finds_its_verb() {
        for (wrong, verb) in [("rnu", "run"), ("rn", "run"), ("lst", "list"), ("chekc", "check"), ("plna", "plan")] {
            let mut error = Arguments::try_parse_from(["infra", wrong]).expect_err("it is no verb");
            by_name(&mut error);
            let told = error.to_string();
            assert!(told.contains(&format!("similar subcommand exists: '{verb}'")), "{told}");
        }
    }
}
