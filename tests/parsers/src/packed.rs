use infra_host::outside::unpacked;

/// More is not unpacked here.
const MOST: u64 = 4 << 20;

/// gzip and zstd.
pub(crate) fn packed(data: &[u8]) {
    if let Some(length) = unpacked(data, MOST) {
        assert!(length <= MOST);
    }
}
