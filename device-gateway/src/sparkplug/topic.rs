//! Topics of Sparkplug B: `spBv1.0/{group}/{message}/{edge node}[/{device}]` and `spBv1.0/STATE/{host}`. Pure.

use std::fmt;

/// The namespace of version B.
pub const NAMESPACE: &str = "spBv1.0";
const TOPIC_BYTES_MAX: usize = 512;

/// An edge node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId {
    /// Group.
    pub group: String,
    /// Edge node, unique within its group.
    pub node: String,
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.group, self.node)
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The node is there, and says all that it will ever report.
    NodeBirth,
    /// The node is gone.
    NodeDeath,
    /// Values of the node.
    NodeData,
    /// A device of the node is there.
    DeviceBirth,
    /// A device is gone.
    DeviceDeath,
    /// Values of a device.
    DeviceData,
    /// For the node or a device, from some host.
    Command,
}

/// A topic that is Sparkplug's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Of an edge node or one of its devices.
    Edge {
        /// The node.
        node: NodeId,
        /// The device, where the message is about one.
        device: Option<String>,
        /// What it is.
        kind: Kind,
    },
    /// A host says whether it is there.
    State {
        /// The host.
        host: String,
    },
}

/// May it stand as an id: not empty, and without `+`, `/`, `#` and control characters?
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 128 && !text.contains(['+', '/', '#']) && !text.chars().any(char::is_control)
}

impl Topic {
    /// Reads a topic; `None` for what is none of Sparkplug's.
    #[must_use]
    pub fn parse(topic: &str) -> Option<Self> {
        if topic.len() > TOPIC_BYTES_MAX {
            return None;
        }
        let levels: Vec<&str> = topic.split('/').collect();
        let (&namespace, rest) = levels.split_first()?;
        if namespace != NAMESPACE || !rest.iter().all(|level| is_id(level)) {
            return None;
        }
        let (group, word, node, device) = match rest {
            ["STATE", host] => return Some(Self::State { host: (*host).to_owned() }),
            [group, word, node] => (group, *word, node, None),
            [group, word, node, device] => (group, *word, node, Some((*device).to_owned())),
            _ => return None,
        };
        let kind = match (word, device.is_some()) {
            ("NBIRTH", false) => Kind::NodeBirth,
            ("NDEATH", false) => Kind::NodeDeath,
            ("NDATA", false) => Kind::NodeData,
            ("DBIRTH", true) => Kind::DeviceBirth,
            ("DDEATH", true) => Kind::DeviceDeath,
            ("DDATA", true) => Kind::DeviceData,
            ("NCMD", false) | ("DCMD", true) => Kind::Command,
            _ => return None,
        };
        let node = NodeId { group: (*group).to_owned(), node: (*node).to_owned() };
        Some(Self::Edge { node, device, kind })
    }
}

/// Where a command for a node goes.
#[must_use]
pub fn node_command(node: &NodeId) -> String {
    format!("{NAMESPACE}/{}/NCMD/{}", node.group, node.node)
}

/// Where a host says whether it is there.
#[must_use]
pub fn state(host: &str) -> String {
    format!("{NAMESPACE}/STATE/{host}")
}

/// All messages of a group.
#[must_use]
pub fn group_filter(group: &str) -> String {
    format!("{NAMESPACE}/{group}/#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_read_as_the_specification_says_and_nothing_else_does() {
        let edge = |topic: &str| match Topic::parse(topic) {
            Some(Topic::Edge { node, device, kind }) => (node.to_string(), device, kind),
            other => panic!("`{topic}`: {other:?}"),
        };
        assert_eq!(edge("spBv1.0/g/NBIRTH/e"), ("g/e".into(), None, Kind::NodeBirth));
        assert_eq!(edge("spBv1.0/g/NDEATH/e").2, Kind::NodeDeath);
        assert_eq!(edge("spBv1.0/g/NDATA/e").2, Kind::NodeData);
        assert_eq!(edge("spBv1.0/g/NCMD/e").2, Kind::Command);
        assert_eq!(edge("spBv1.0/g/DBIRTH/e/d"), ("g/e".into(), Some("d".into()), Kind::DeviceBirth));
        assert_eq!(edge("spBv1.0/g/DDEATH/e/d").2, Kind::DeviceDeath);
        assert_eq!(edge("spBv1.0/g/DDATA/e/d").2, Kind::DeviceData);
        assert_eq!(edge("spBv1.0/g/DCMD/e/d").2, Kind::Command);
        assert_eq!(edge("spBv1.0/g 1/DDATA/线2/d-é").0, "g 1/线2");
        assert_eq!(Topic::parse("spBv1.0/STATE/h"), Some(Topic::State { host: "h".into() }));
        for bad in [
            "",
            "spBv1.0",
            "spBv1.0/g/NBIRTH",
            "spBv1.0/g/NBIRTH/e/d",
            "spBv1.0/g/DBIRTH/e",
            "spBv1.0/g/DBIRTH/e/d/x",
            "spBv1.0/g/XDATA/e",
            "spBv1.0/g/nbirth/e",
            "spAv1.0/g/NBIRTH/e",
            "spBv1.0//NBIRTH/e",
            "spBv1.0/g/NBIRTH/e+",
            "spBv1.0/g#/NBIRTH/e",
            "spBv1.0/STATE/",
        ] {
            assert_eq!(Topic::parse(bad), None, "`{bad}`");
        }
        assert_eq!(node_command(&NodeId { group: "g".into(), node: "e".into() }), "spBv1.0/g/NCMD/e");
        assert_eq!((state("h").as_str(), group_filter("g").as_str()), ("spBv1.0/STATE/h", "spBv1.0/g/#"));
    }
}
