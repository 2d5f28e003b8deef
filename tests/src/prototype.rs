use crate::platform::{Platform, repository, shared_images_are_there};
use crate::{Infra, binary};
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::sync::Once;

/// Makes what all tests share, once: the component of the platform's own task, and the images from Debian packages.
pub(crate) fn make_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        // Tests of other binaries may be at it too.
        let lock = File::create(binary().with_file_name("test-prototype.lock")).unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        let home = tempfile::tempdir().unwrap();
        let _built = Infra::new(&repository(), home.path()).args(["build"]).output().expect_success();
        if !shared_images_are_there() {
            let platform = Platform::copy();
            let _made = platform.infra(&["run", "images", "IMAGES=debian"]).output().expect_success();
        }
    });
}
