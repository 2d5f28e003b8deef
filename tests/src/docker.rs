use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// A Docker daemon as the tests see it: past the product, straight over its socket.
#[derive(Clone, Debug)]
pub struct Docker {
    socket: PathBuf,
}

impl Default for Docker {
    fn default() -> Self {
        Self::at("/var/run/docker.sock")
    }
}

impl Docker {
    /// The daemon that listens on this socket.
    #[must_use]
    pub fn at(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into() }
    }

    /// The value of `DOCKER_HOST` that names it.
    #[must_use]
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Status and body of a call. HTTP/1.0, so that the body ends with the connection.
    ///
    /// # Errors
    /// When the daemon does not answer.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Ok((status, answer.split_off(end)))
    }

    /// Whether it answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.call("GET", "/_ping", None).is_ok_and(|(status, _)| status == 200)
    }

    /// The JSON that a path has; none where there is nothing.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Value> {
        let (status, body) = self.call("GET", path, None).unwrap();
        (status == 200).then(|| serde_json::from_slice(&body).unwrap())
    }

    /// The containers that have the word in their name, their labels or their command, running or not.
    #[must_use]
    pub fn containers(&self, word: &str) -> Vec<Value> {
        holding(self.get("/containers/json?all=1"), word)
    }

    /// The inspection of a container.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<Value> {
        self.get(&format!("/containers/{name}/json"))
    }

    /// The networks that have the word in their name or their labels.
    #[must_use]
    pub fn networks(&self, word: &str) -> Vec<Value> {
        holding(self.get("/networks"), word)
    }

    /// The volumes that have the word in their name or their labels.
    #[must_use]
    pub fn volumes(&self, word: &str) -> Vec<Value> {
        holding(self.get("/volumes").map(|mut listed| listed["Volumes"].take()), word)
    }

    /// The images that have the word in a tag or a label.
    #[must_use]
    pub fn images(&self, word: &str) -> Vec<Value> {
        holding(self.get("/images/json"), word)
    }

    /// Whether an image is there.
    #[must_use]
    pub fn has_image(&self, tag: &str) -> bool {
        self.get(&format!("/images/{tag}/json")).is_some()
    }

    /// Runs a command in a container: its exit code and its output.
    #[must_use]
    pub fn exec(&self, container: &str, args: &[&str]) -> (i64, String) {
        let body = json!({ "Cmd": args, "AttachStdout": true, "AttachStderr": true });
        let (status, created) = self.call("POST", &format!("/containers/{container}/exec"), Some(&body)).unwrap();
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&created));
        let created: Value = serde_json::from_slice(&created).unwrap();
        let exec = created["Id"].as_str().unwrap();
        let start = json!({ "Detach": false });
        let (_, output) = self.call("POST", &format!("/exec/{exec}/start"), Some(&start)).unwrap();
        let ended = self.get(&format!("/exec/{exec}/json")).unwrap();
        (ended["ExitCode"].as_i64().unwrap_or(-1), frames(&output))
    }

    /// Removes all containers, networks and volumes that have the word in their name or their labels.
    pub fn remove_all(&self, word: &str) {
        let delete = |path: String| drop(self.call("DELETE", &path, None));
        let list = |path: &str| {
            let (_, body) = self.call("GET", path, None).ok()?;
            serde_json::from_slice::<Value>(&body).ok()
        };
        for container in holding(list("/containers/json?all=1"), word) {
            delete(format!("/containers/{}?force=1&v=1", container["Id"].as_str().unwrap_or_default()));
        }
        for network in holding(list("/networks"), word) {
            delete(format!("/networks/{}", network["Id"].as_str().unwrap_or_default()));
        }
        for volume in holding(list("/volumes").map(|mut listed| listed["Volumes"].take()), word) {
            delete(format!("/volumes/{}", volume["Name"].as_str().unwrap_or_default()));
        }
    }

    /// Removes an image.
    pub fn remove_image(&self, tag: &str) {
        let _ = self.call("DELETE", &format!("/images/{tag}"), None);
    }
}

/// The text in the frames of an exec's output: each has a head of eight bytes, the last four of which are its length.
fn frames(mut output: &[u8]) -> String {
    let mut text = Vec::new();
    while let Some((head, rest)) = output.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let (frame, rest) = rest.split_at(length.min(rest.len()));
        text.extend_from_slice(frame);
        output = rest;
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn holding(listed: Option<Value>, word: &str) -> Vec<Value> {
    let texts = |object: &Value| {
        let names = ["Name", "Names", "Labels", "RepoTags", "Command"].iter().map(|key| object[key].to_string());
        names.collect::<String>()
    };
    let Some(Value::Array(listed)) = listed else { return vec![] };
    let mut held: Vec<Value> = listed.into_iter().filter(|object| texts(object).contains(word)).collect();
    held.sort_by_key(texts);
    for object in &mut held {
        // For a volume it is when its directory changed last.
        object.as_object_mut().and_then(|fields| fields.remove("CreatedAt"));
    }
    held
}
