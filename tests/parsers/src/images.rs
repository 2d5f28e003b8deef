use crate::texts;
use infra_effect::familiar_image_name;
use infra_host::outside::is_ignored;

/// A `.dockerignore`, and a path that it leaves out or not.
pub(crate) fn dockerignore(data: &[u8]) {
    if data.len() > 4_000 {
        return;
    }
    let [text, path] = texts(data);
    let once = is_ignored(&text, &path);
    assert_eq!(once, is_ignored(&text, &path));
    assert!(!is_ignored("", &path), "nothing leaves nothing out");
}

/// The name of an image in its familiar form, which is the familiar form of itself.
pub(crate) fn image(data: &[u8]) {
    let [name] = texts(data);
    let familiar = familiar_image_name(&name);
    assert_eq!(familiar_image_name(&familiar), familiar, "`{name}`");
}
