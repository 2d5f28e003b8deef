use crate::ProcessIdentity;
use crate::message::Message;
use crate::writer::Writer;
use infra_event::{Event, StepId, Timestamp};
use rusqlite::params;

/// The rows that a message becomes.
impl Writer {
    pub(crate) fn write(&mut self, message: Message) -> rusqlite::Result<()> {
        match message {
            Message::Event(event) => self.event(&event),
            Message::Effect(effect) => {
                let sql = "INSERT INTO effects (run, id, step, kind, target, effect, state, started, ended, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
                self.connection.prepare_cached(sql)?.execute(params![
                    self.run.as_str(),
                    effect.id.0,
                    effect.step.0,
                    effect.kind,
                    effect.target,
                    effect.effect.to_string(),
                    effect.state.word(),
                    effect.started.0,
                    effect.ended.map(|ended| ended.0),
                    effect.detail,
                ])?;
                Ok(())
            }
            Message::EffectEnd { id, state, detail, ended } => {
                let sql = "UPDATE effects SET state = ?3, detail = ?4, ended = ?5 WHERE run = ?1 AND id = ?2";
                self.connection.prepare_cached(sql)?.execute(params![self.run.as_str(), id.0, state.word(), detail, ended.0])?;
                Ok(())
            }
            Message::Commit { .. } | Message::Close => Ok(()),
        }
    }

    fn event(&mut self, event: &Event) -> rusqlite::Result<()> {
        let run = self.run.as_str();
        match event {
            Event::RunStarted { at, project, tasks, params: values, mode, steps, about, .. } => {
                let process = ProcessIdentity::current();
                let sql = "INSERT INTO runs (id, project, root, tasks, params, mode, pid, pid_start, started, about) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
                let mode = serde_json::to_value(mode).unwrap_or_default();
                self.connection.execute(
                    sql,
                    params![
                        run,
                        project,
                        self.root,
                        serde_json::to_string(tasks).unwrap_or_default(),
                        serde_json::to_string(values).unwrap_or_default(),
                        mode.as_str().unwrap_or_default(),
                        process.pid,
                        process.start,
                        at.0,
                        serde_json::to_string(about).unwrap_or_default()
                    ],
                )?;
                let sql = "INSERT INTO steps (run, step, name, task, needs, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                let mut insert = self.connection.prepare_cached(sql)?;
                for step in steps {
                    let needs = serde_json::to_string(&step.needs).unwrap_or_default();
                    let digest = step.digest.map(|digest| digest.to_string());
                    insert.execute(params![run, step.step.0, step.name, step.task, needs, digest])?;
                }
            }
            Event::StepStarted { step, at, attempt } => {
                self.started.entry(*step).or_insert((*at, *attempt)).1 = *attempt;
            }
            Event::StepFinished { step, duration_ms, outcome, .. } if self.started.contains_key(step) => {
                let sql = "UPDATE steps SET duration = ?3, outcome = ?4, attempts = ?5, started = coalesce(started, ?6) WHERE run = ?1 AND step = ?2";
                let (at, attempt) = self.started.remove(step).unwrap_or((Timestamp(0), 0));
                let outcome = serde_json::to_string(outcome).unwrap_or_default();
                self.connection.prepare_cached(sql)?.execute(params![run, step.0, duration_ms, outcome, attempt, at.0])?;
            }
            Event::StepFinished { step, duration_ms, outcome, .. } => {
                let sql = "UPDATE steps SET duration = ?3, outcome = ?4 WHERE run = ?1 AND step = ?2";
                let outcome = serde_json::to_string(outcome).unwrap_or_default();
                self.connection.prepare_cached(sql)?.execute(params![run, step.0, duration_ms, outcome])?;
            }
            Event::StepLog { step, stream, text } => {
                let stream = serde_json::to_value(stream).unwrap_or_default();
                self.log(*step, stream.as_str().unwrap_or_default(), text)?;
            }
            Event::StepRetry { step, attempt, error, .. } => {
                self.log(*step, "warning", &format!("attempt {attempt} failed: {}", error.message))?;
            }
            Event::RunFinished { at, outcome, exit_code, .. } => {
                let outcome = serde_json::to_value(outcome).unwrap_or_default();
                let sql = "UPDATE runs SET ended = ?2, outcome = ?3, exit_code = ?4 WHERE id = ?1";
                self.connection.execute(sql, params![run, at.0, outcome.as_str().unwrap_or_default(), exit_code])?;
            }
            Event::Notice { .. } | Event::StepProgress { .. } | Event::StepEffect { .. } => {}
        }
        Ok(())
    }

    fn log(&mut self, step: StepId, stream: &str, text: &str) -> rusqlite::Result<()> {
        self.seq += 1;
        let sql = "INSERT INTO logs (run, seq, step, stream, text) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![self.run.as_str(), self.seq, step.0, stream, text];
        self.connection.prepare_cached(sql)?.execute(values).map(|_| ())
    }
}
