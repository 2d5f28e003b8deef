//! One attempt, under way beside others.

use crate::check::{Check, Target};
use infra::docker::{Exec, ExecCommand};
use infra::http::{Connecting, Exchange, Request};
use infra::process::{Command, Destination, ExitStatus, Output, Running};
use infra::{Error, Result, Waitable};

/// More of an answer or an output is not looked at.
const MOST: usize = 1 << 20;

/// Dropping it gives it up.
pub(crate) enum Attempt {
    Http { exchange: Exchange, status: Option<u16>, body: Vec<u8> },
    Tcp(Option<Connecting>),
    InContainer(Exec, Vec<u8>),
    Program(Running, Vec<u8>),
}

impl Attempt {
    pub(crate) fn start(check: &Check) -> Result<Self> {
        Ok(match &check.target {
            Target::Http { url, method, headers, ca, .. } => {
                let mut request = Request::new(method, url.clone()).timeout(check.timeout);
                request.headers.clone_from(headers);
                if let Some(path) = ca {
                    let pem = infra::files::read(path)?;
                    request.authorities = Some(String::from_utf8_lossy(&pem).into_owned());
                }
                Self::Http { exchange: request.start()?, status: None, body: vec![] }
            }
            Target::Tcp { host, port } => Self::Tcp(Some(infra::http::connect(host, *port, check.timeout)?)),
            Target::Exec { args, container: Some(container), .. } => {
                let command = ExecCommand { args: args.clone(), ..ExecCommand::default() };
                Self::InContainer(infra::docker::start_exec(container, &command)?, vec![])
            }
            Target::Exec { args, .. } => {
                let mut command = Command::new(args[0].clone()).args(args[1..].iter().cloned());
                (command.stdout, command.stderr) = (Destination::Task, Destination::Task);
                Self::Program(command.start()?, vec![])
            }
        })
    }

    pub(crate) fn waitable(&self) -> Option<&dyn Waitable> {
        match self {
            Self::Http { exchange, .. } => Some(exchange),
            Self::Tcp(connecting) => connecting.as_ref().map(|connecting| connecting as &dyn Waitable),
            Self::InContainer(exec, _) => Some(exec),
            Self::Program(running, _) => Some(running),
        }
    }

    /// Goes on by one step, when it is ready for it; what it came to, at its end.
    pub(crate) fn step(&mut self, check: &Check) -> Result<Option<String>> {
        match self {
            Self::Http { exchange, status, body } => {
                let Some(found) = *status else {
                    let found = exchange.response()?.status;
                    expected_status(check, found)?;
                    *status = Some(found);
                    return Ok(check.contains.is_none().then(|| found.to_string()));
                };
                match exchange.next()? {
                    Some(piece) if body.len() < MOST => {
                        body.extend_from_slice(&piece);
                        Ok(None)
                    }
                    _ => contains(check, body).map(|()| Some(found.to_string())),
                }
            }
            Self::Tcp(connecting) => match connecting.take() {
                Some(connecting) => Ok(Some(connecting.wait()?.address)),
                None => Ok(Some(String::new())),
            },
            Self::InContainer(exec, output) => match exec.next_output()? {
                Some(piece) => Ok(keep(output, piece)),
                None => ended(check, exec.wait()?, output).map(Some),
            },
            Self::Program(running, output) => match running.next_output()? {
                Some(piece) => Ok(keep(output, piece)),
                None => ended(check, running.wait()?, output).map(Some),
            },
        }
    }
}

fn keep(all: &mut Vec<u8>, piece: Output) -> Option<String> {
    let (Output::Stdout(bytes) | Output::Stderr(bytes)) = piece;
    let room = MOST.saturating_sub(all.len()).min(bytes.len());
    all.extend_from_slice(&bytes[..room]);
    None
}

fn expected_status(check: &Check, found: u16) -> Result<()> {
    let Target::Http { statuses, .. } = &check.target else { return Ok(()) };
    let fine = if statuses.is_empty() { (200..300).contains(&found) } else { statuses.contains(&found) };
    if fine {
        return Ok(());
    }
    let wanted = match statuses.as_slice() {
        [] => "2xx".to_owned(),
        several => several.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
    };
    Err(Error::failed(format!("it answers {found}, not {wanted}")))
}

fn contains(check: &Check, found: &[u8]) -> Result<()> {
    match &check.contains {
        Some(wanted) if !String::from_utf8_lossy(found).contains(wanted.as_str()) => {
            Err(Error::failed(format!("`{wanted}` is not in what it says: {}", short(found))))
        }
        _ => Ok(()),
    }
}

fn ended(check: &Check, status: ExitStatus, output: &[u8]) -> Result<String> {
    let Target::Exec { exit, .. } = &check.target else { return Ok(String::new()) };
    match (status.code, status.signal) {
        (Some(code), _) if code == *exit => contains(check, output).map(|()| format!("exit code {code}")),
        (Some(code), _) => Err(Error::failed(format!("it ends with exit code {code}, not {exit}: {}", short(output)))),
        (None, signal) => Err(Error::failed(format!("signal {} ended it", signal.unwrap_or_default()))),
    }
}

/// The last line, which says most.
fn short(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    line.trim().chars().take(120).collect()
}
