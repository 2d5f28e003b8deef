use serde::Serialize;

/// What this kernel has for confining programs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Support {
    /// The version of Landlock; 0 where there is none.
    pub landlock_abi: i32,
    /// Files are confined.
    pub files: bool,
    /// Commands to devices (`ioctl`) are confined.
    pub devices: bool,
    /// TCP ports are confined.
    pub tcp: bool,
    /// Signals and abstract Unix sockets to processes outside are refused.
    pub scopes: bool,
    /// System calls are filtered.
    pub seccomp: bool,
    /// Programs cannot leave processes behind.
    pub descendants: bool,
}

impl Support {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.missing().is_empty()
    }

    /// A sentence for each part that is missing.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let landlock = |part: &str, since: &str| {
            let why = match self.landlock_abi {
                0 => "this kernel has no Landlock, or it is not switched on (`lsm=landlock,…` on its command line)".to_owned(),
                abi => format!("this kernel has version {abi} of Landlock; Linux {since} is needed"),
            };
            format!("{part}: {why}.")
        };
        let mut missing = vec![];
        if !cfg!(target_os = "linux") {
            missing.push(
                "Programs run unconfined: this system has no Landlock and no seccomp. Their arguments are still checked."
                    .to_owned(),
            );
            return missing;
        }
        if !self.files {
            missing.push(landlock("Programs can read and write every file of the user", "5.13"));
        }
        if !self.tcp {
            missing.push(landlock("A program with any TCP port granted can reach every port", "6.7"));
        }
        if !self.devices {
            missing.push(landlock("Programs can send commands to the devices that they can open", "6.10"));
        }
        if !self.scopes {
            missing.push(landlock("Programs can send signals to the user's other processes", "6.12"));
        }
        if !self.seccomp {
            missing.push(
                "Programs can make every system call, also open Unix sockets: this kernel has no seccomp filters.".to_owned(),
            );
        }
        missing
    }
}

/// Asks the kernel what it has.
#[must_use]
pub fn support() -> Support {
    crate::platform::support()
}
