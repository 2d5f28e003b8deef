use crate::texts;
use infra_host::outside::{leads_to, read_url};

/// A URL, which is asked as it is written or not at all; and where a redirect leads.
pub(crate) fn url(data: &[u8]) {
    let [text, to] = texts(data);
    if let Some(read) = read_url(&text) {
        assert_eq!(read_url(&read).as_ref(), Some(&read), "`{text}`");
        assert!(!read.contains(['@', '\\', ' ']) || read.contains('/'), "`{text}` is `{read}`");
    }
    if let Some(there) = leads_to(&text, &to) {
        assert_eq!(read_url(&there).as_ref(), Some(&there), "`{text}` leads to `{to}`");
    }
}
