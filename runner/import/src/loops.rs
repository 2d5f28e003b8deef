use crate::action::LoopValue;
use crate::shell::{Part, Word};
use crate::word_text::WordScope;

/// What a loop goes through, where that is known before anything runs.
pub(crate) fn values(words: &[Word], scope: &WordScope<'_>) -> Option<Vec<LoopValue>> {
    let mut all = Vec::new();
    for word in words {
        all.push(match word.parts.as_slice() {
            [Part::Split(name)] => {
                scope.variables.lists.borrow_mut().insert(name.clone());
                LoopValue::Elements(name.clone())
            }
            _ => LoopValue::One(scope.value(word)?),
        });
    }
    (!all.is_empty()).then_some(all)
}
