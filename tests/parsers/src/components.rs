/// What a component says of itself: a whole component, or the text of its description in one.
pub(crate) fn descriptor(data: &[u8]) {
    let _ = infra_components::descriptor(data);
    let mut whole = vec![0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 0];
    let mut content = vec![10];
    content.extend_from_slice(b"infra:task");
    content.extend_from_slice(data);
    let mut length = content.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        whole.push(if length == 0 { low } else { low | 0x80 });
        if length == 0 {
            break;
        }
    }
    whole.extend_from_slice(&content);
    if let Ok(Some(found)) = infra_components::descriptor(&whole) {
        assert!(found.params.is_object());
        assert!(serde_json::from_slice::<serde_json::Value>(data).is_ok(), "a description that is no JSON was taken");
    }
}
