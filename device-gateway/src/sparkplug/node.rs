//! What a host knows of one edge node: its session, its numbers, its metrics. Pure.

use super::host::{Effect, Fault, Settings, Source, rebirth};
use super::payload::{DataType, Metric, Payload, Value};
use super::topic::{Kind, NodeId};
use std::collections::BTreeMap;

/// Messages that may be ahead of a missing one: half of the numbers, so that ahead and behind can be told apart.
const AHEAD_MAX: u8 = 127;
/// Bytes of a metric's name.
const NAME_BYTES_MAX: usize = 512;

/// A message of the node.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) payload: Payload,
    pub(super) device: Option<String>,
    pub(super) kind: Kind,
    pub(super) now_ms: u64,
}

#[derive(Debug)]
struct Known {
    datatype: DataType,
    value: Value,
}

/// A node itself (`None`) or a device: what its birth told.
#[derive(Debug, Default)]
struct Part {
    online: bool,
    metrics: BTreeMap<String, Known>,
}

#[derive(Debug)]
pub(super) struct Node {
    id: NodeId,
    /// `bdSeq` of the present session; `None` before the first birth and after a death.
    session: Option<u64>,
    /// The next number.
    expected: u8,
    /// Messages that are ahead of a missing one, by how far.
    ahead: BTreeMap<u8, Taken>,
    /// When the missing one is given up.
    deadline_ms: Option<u64>,
    asked_ms: Option<u64>,
    parts: BTreeMap<Option<String>, Part>,
    /// Unique over the node and all its devices.
    aliases: BTreeMap<u64, (Option<String>, String)>,
}

impl Node {
    pub(super) fn new(id: NodeId) -> Self {
        Self {
            id,
            session: None,
            expected: 0,
            ahead: BTreeMap::new(),
            deadline_ms: None,
            asked_ms: None,
            parts: BTreeMap::new(),
            aliases: BTreeMap::new(),
        }
    }

    pub(super) const fn deadline_ms(&self) -> Option<u64> {
        self.deadline_ms
    }

    pub(super) fn is_online(&self, device: Option<&str>) -> bool {
        self.session.is_some() && self.parts.get(&device.map(str::to_owned)).is_some_and(|part| part.online)
    }

    pub(super) fn value(&self, device: Option<&str>, name: &str) -> Option<(&Value, bool)> {
        let part = self.parts.get(&device.map(str::to_owned))?;
        part.metrics.get(name).map(|known| (&known.value, !part.online))
    }

    fn fault(&self, fault: Fault, effects: &mut Vec<Effect>) {
        effects.push(Effect::Fault { node: self.id.clone(), fault });
    }

    fn source(&self, device: Option<String>) -> Source {
        Source { node: self.id.clone(), device }
    }

    pub(super) fn take(&mut self, settings: &Settings, taken: Taken, effects: &mut Vec<Effect>) {
        match taken.kind {
            Kind::NodeBirth => return self.birth(settings, &taken, effects),
            Kind::NodeDeath => return self.death(&taken, effects),
            _ => {}
        }
        let now_ms = taken.now_ms;
        if self.session.is_none() {
            self.fault(Fault::NotBorn, effects);
            return self.ask(settings, now_ms, effects);
        }
        let Some(seq) = taken.payload.seq.and_then(|seq| u8::try_from(seq).ok()) else {
            return self.fault(Fault::NoSequence, effects);
        };
        match seq.wrapping_sub(self.expected) {
            0 => {
                self.in_turn(settings, taken, effects);
                self.close_gap(settings, effects);
            }
            distance if distance <= AHEAD_MAX && !self.ahead.contains_key(&distance) => {
                self.ahead.insert(distance, taken);
                let deadline = now_ms.saturating_add(settings.reorder_ms);
                self.deadline_ms.get_or_insert(deadline);
            }
            _ => self.fault(Fault::Repeated { seq }, effects),
        }
    }

    /// Takes a message whose turn it is.
    fn in_turn(&mut self, settings: &Settings, taken: Taken, effects: &mut Vec<Effect>) {
        self.expected = self.expected.wrapping_add(1);
        self.ahead = std::mem::take(&mut self.ahead).into_iter().map(|(far, taken)| (far - 1, taken)).collect();
        match taken.kind {
            Kind::DeviceBirth => self.device_birth(settings, &taken, effects),
            Kind::DeviceDeath => self.device_death(&taken, effects),
            _ => self.data(settings, &taken, effects),
        }
    }

    /// Takes what was ahead and is in turn now. The timer ends with the last of it.
    fn close_gap(&mut self, settings: &Settings, effects: &mut Vec<Effect>) {
        while let Some(next) = self.ahead.remove(&0) {
            self.in_turn(settings, next, effects);
        }
        if self.ahead.is_empty() {
            self.deadline_ms = None;
        }
    }

    pub(super) fn tick(&mut self, settings: &Settings, now_ms: u64, effects: &mut Vec<Effect>) {
        // A clock that was put back must not make the wait longer than it was meant to be.
        let latest = now_ms.saturating_add(settings.reorder_ms);
        self.deadline_ms = self.deadline_ms.map(|deadline| deadline.min(latest));
        if self.deadline_ms.is_none_or(|deadline| now_ms < deadline) {
            return;
        }
        self.fault(Fault::Gap { expected: self.expected }, effects);
        // What came is not thrown away for what did not: it is taken in order, and the birth will say the rest.
        while let Some((far, taken)) = self.ahead.pop_first() {
            self.expected = self.expected.wrapping_add(far);
            self.ahead = std::mem::take(&mut self.ahead).into_iter().map(|(other, t)| (other - far, t)).collect();
            self.in_turn(settings, taken, effects);
        }
        self.deadline_ms = None;
        self.ask(settings, now_ms, effects);
    }

    /// The host was away for a while.
    pub(super) fn reconnected(&mut self, settings: &Settings, now_ms: u64, effects: &mut Vec<Effect>) {
        if self.session.is_some() {
            self.ask(settings, now_ms, effects);
        }
    }

    fn ask(&mut self, settings: &Settings, now_ms: u64, effects: &mut Vec<Effect>) {
        let pause = settings.rebirth_pause_ms;
        // The second half: a clock that was put back does not silence the host.
        let recent = |asked: u64| now_ms.abs_diff(asked) < pause;
        if self.asked_ms.is_some_and(recent) {
            return;
        }
        self.asked_ms = Some(now_ms);
        effects.push(rebirth(&self.id, now_ms));
    }

    fn birth(&mut self, settings: &Settings, taken: &Taken, effects: &mut Vec<Effect>) {
        let Some(number) = birth_number(&taken.payload) else {
            return self.fault(Fault::NoBirthNumber, effects);
        };
        let Some(seq) = taken.payload.seq.and_then(|seq| u8::try_from(seq).ok()) else {
            return self.fault(Fault::NoSequence, effects);
        };
        // A new session: devices come with their own births.
        for (device, part) in &mut self.parts {
            if part.online && device.is_some() {
                part.online = false;
                let source = Source { node: self.id.clone(), device: device.clone() };
                effects.push(Effect::Offline { source, at_ms: taken.now_ms });
            }
        }
        self.parts.retain(|device, _| device.is_some());
        self.aliases.clear();
        self.ahead.clear();
        self.deadline_ms = None;
        self.session = Some(number);
        self.expected = seq.wrapping_add(1);
        self.born(settings, None, taken, effects);
    }

    fn device_birth(&mut self, settings: &Settings, taken: &Taken, effects: &mut Vec<Effect>) {
        let devices = self.parts.keys().filter(|device| device.is_some()).count();
        if !self.parts.contains_key(&taken.device) && devices >= settings.devices_max {
            return self.fault(Fault::TooMany("devices"), effects);
        }
        self.aliases.retain(|_, (device, _)| *device != taken.device);
        self.parts.remove(&taken.device);
        self.born(settings, taken.device.clone(), taken, effects);
    }

    /// Takes over what a birth tells. A metric that is wrong is left out, and named.
    fn born(&mut self, settings: &Settings, device: Option<String>, taken: &Taken, effects: &mut Vec<Effect>) {
        let others: usize = self.parts.values().map(|part| part.metrics.len()).sum();
        if others + taken.payload.metrics.len() > settings.metrics_max {
            return self.fault(Fault::TooMany("metrics"), effects);
        }
        let mut part = Part { online: true, metrics: BTreeMap::new() };
        for metric in &taken.payload.metrics {
            match self.known(&device, metric) {
                Ok((name, known)) => {
                    if let Some(alias) = metric.alias {
                        self.aliases.insert(alias, (device.clone(), name.clone()));
                    }
                    part.metrics.insert(name, known);
                }
                Err(fault) => self.fault(fault, effects),
            }
        }
        self.parts.insert(device.clone(), part);
        let at_ms = taken.payload.timestamp.unwrap_or(taken.now_ms);
        effects.push(Effect::Online { source: self.source(device), at_ms });
    }

    fn known(&self, device: &Option<String>, metric: &Metric) -> Result<(String, Known), Fault> {
        let Some(name) = metric.name.clone().filter(|name| (1..=NAME_BYTES_MAX).contains(&name.len())) else {
            return Err(Fault::BadBirth("a metric has no name, or one that is too long".to_owned()));
        };
        let Some(datatype) = metric.datatype.and_then(DataType::of) else {
            return Err(Fault::BadBirth(format!("metric `{name}` has no known type")));
        };
        let taken = metric.alias.and_then(|alias| self.aliases.get(&alias));
        if taken.is_some_and(|(of, known)| of != device || *known != name) {
            return Err(Fault::BadBirth(format!("the alias of metric `{name}` is taken")));
        }
        // Templates and data sets may come without a value of their own.
        let value = match metric.read(datatype) {
            Some(value) => value,
            None if metric.value.is_none() => Value::Null,
            None => return Err(Fault::WrongType(name)),
        };
        Ok((name, Known { datatype, value }))
    }

    fn death(&mut self, taken: &Taken, effects: &mut Vec<Effect>) {
        let Some(number) = birth_number(&taken.payload) else {
            return self.fault(Fault::NoBirthNumber, effects);
        };
        if self.session != Some(number) {
            return self.fault(Fault::LateDeath, effects);
        }
        self.session = None;
        self.ahead.clear();
        self.deadline_ms = None;
        for (device, part) in &mut self.parts {
            if std::mem::take(&mut part.online) {
                let source = Source { node: self.id.clone(), device: device.clone() };
                effects.push(Effect::Offline { source, at_ms: taken.now_ms });
            }
        }
    }

    fn device_death(&mut self, taken: &Taken, effects: &mut Vec<Effect>) {
        match self.parts.get_mut(&taken.device) {
            Some(part) if part.online => {
                part.online = false;
                let at_ms = taken.payload.timestamp.unwrap_or(taken.now_ms);
                effects.push(Effect::Offline { source: self.source(taken.device.clone()), at_ms });
            }
            _ => self.fault(Fault::NotBorn, effects),
        }
    }

    fn data(&mut self, settings: &Settings, taken: &Taken, effects: &mut Vec<Effect>) {
        if !self.parts.get(&taken.device).is_some_and(|part| part.online) {
            self.fault(Fault::NotBorn, effects);
            return self.ask(settings, taken.now_ms, effects);
        }
        for metric in &taken.payload.metrics {
            if let Err(fault) = self.datum(metric, taken, effects) {
                let unknown = matches!(fault, Fault::UnknownMetric(_));
                self.fault(fault, effects);
                if unknown {
                    self.ask(settings, taken.now_ms, effects);
                }
            }
        }
    }

    fn datum(&mut self, metric: &Metric, taken: &Taken, effects: &mut Vec<Effect>) -> Result<(), Fault> {
        let name = match (&metric.alias, &metric.name) {
            (Some(alias), _) => match self.aliases.get(alias) {
                Some((device, name)) if *device == taken.device => name.clone(),
                _ => return Err(Fault::UnknownMetric(format!("alias {alias}"))),
            },
            (None, Some(name)) => name.clone(),
            (None, None) => return Err(Fault::UnknownMetric("without a name".to_owned())),
        };
        let known = self.parts.get_mut(&taken.device).and_then(|part| part.metrics.get_mut(&name));
        let Some(known) = known else {
            let shown: String = name.chars().take(80).collect();
            return Err(Fault::UnknownMetric(shown));
        };
        let Some(value) = metric.read(known.datatype) else { return Err(Fault::WrongType(name)) };
        let historical = metric.is_historical == Some(true);
        if !historical {
            known.value = value.clone();
        }
        let at_ms = metric.timestamp.or(taken.payload.timestamp).unwrap_or(taken.now_ms);
        let source = self.source(taken.device.clone());
        effects.push(Effect::Value { source, name, value, at_ms, historical });
        Ok(())
    }
}

/// `bdSeq` of a birth or death.
fn birth_number(payload: &Payload) -> Option<u64> {
    let metric = payload.metrics.iter().find(|metric| metric.name.as_deref() == Some(super::BIRTH_NUMBER))?;
    match metric.read(DataType::UInt64)? {
        Value::UInt(number) => Some(number),
        _ => None,
    }
}
