//! Reading, and the checks that reading relies on.

use zerocopy::{FromBytes, Immutable, KnownLayout};

use super::raw::{self, NONE, kind};
use super::view::{Content, Instance, Object};
use super::{ALIGNMENT, Error, MAGIC, VERSION};
use crate::model::{ContentId, InstanceId, Monitor, MonitorOutput, ObjectId};

/// A system in the form that [`encode`](super::encode) writes.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a> {
    bytes: &'a [u8],
    header: &'a raw::Header,
    pub(super) objects: &'a [raw::Object],
    pub(super) slots: &'a [raw::Slot],
    pub(super) fills: &'a [raw::Fill],
    pub(super) threads: &'a [raw::Thread],
    instances: &'a [raw::Instance],
    pub(super) instance_threads: &'a [u32],
    contents: &'a [raw::Content],
    names: &'a str,
}

/// A number as an index. What doesn't fit leads nowhere, as an index that is too large.
fn narrow(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

impl raw::Range {
    /// The records of a table, if they are there.
    pub(super) fn of<'a, T>(&self, table: &'a [T]) -> Option<&'a [T]> {
        table.get(narrow(self.start)..)?.get(..narrow(self.count))
    }
}

impl<'a> Spec<'a> {
    /// Reads and checks a block, which may be longer than what was written.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let expected = align_of::<raw::Header>();
        if !bytes.as_ptr().addr().is_multiple_of(expected) {
            return Err(Error::Misaligned { address: bytes.as_ptr().addr(), expected });
        }
        let short = Error::Short { length: bytes.len(), expected: size_of::<raw::Header>() };
        let (header, _) = raw::Header::ref_from_prefix(bytes).map_err(|_| short)?;
        if header.magic != MAGIC {
            return Err(Error::Magic { found: header.magic, expected: MAGIC });
        }
        if header.version != VERSION {
            return Err(Error::Version { found: header.version, expected: VERSION });
        }
        let truncated = Error::Truncated { length: bytes.len(), expected: header.size };
        let bytes = bytes.get(..narrow(header.size)).ok_or(truncated)?;
        let spec = Self {
            bytes,
            header,
            objects: table(bytes, &header.objects, "objects")?,
            slots: table(bytes, &header.slots, "slots")?,
            fills: table(bytes, &header.fills, "fills")?,
            threads: table(bytes, &header.threads, "threads")?,
            instances: table(bytes, &header.instances, "instances")?,
            instance_threads: table(bytes, &header.instance_threads, "instances' threads")?,
            contents: table(bytes, &header.contents, "contents")?,
            names: core::str::from_utf8(table(bytes, &header.names, "names")?)
                .map_err(|error| Error::Names { valid: error.valid_up_to() })?,
        };
        spec.validate()?;
        Ok(spec)
    }

    fn validate(&self) -> Result<(), Error> {
        for (index, object) in self.objects.iter().enumerate() {
            self.validate_object(At { record: "object", index }, object)?;
        }
        for (index, slot) in self.slots.iter().enumerate() {
            self.object_id(At { record: "slot", index }, slot.object)?;
        }
        for (index, fill) in self.fills.iter().enumerate() {
            let at = At { record: "fill", index };
            at.id("contents", fill.content, self.contents.len())?;
        }
        for (index, thread) in self.threads.iter().enumerate() {
            let at = At { record: "thread", index };
            for id in [thread.cspace.object, thread.vspace] {
                self.object_id(at, id)?;
            }
            for id in [thread.ipc_buffer_frame, thread.bound_notification, thread.vcpu] {
                self.optional_object_id(at, id)?;
            }
            if thread.flags & !(raw::RESUME | raw::FPU_DISABLED) != 0 {
                return Err(at.value("flags", thread.flags.into(), "0 to 3"));
            }
        }
        for (index, instance) in self.instances.iter().enumerate() {
            let at = At { record: "instance", index };
            self.validate_name(at, &instance.name)?;
            self.validate_name(at, &instance.component)?;
            at.range("threads", &instance.threads, self.instance_threads)?;
            self.optional_object_id(at, instance.log)?;
            if instance.symbols != NONE {
                at.id("contents", instance.symbols, self.contents.len())?;
            }
            if instance.on_fault > raw::RESTART {
                return Err(at.value("on_fault", instance.on_fault.into(), "0 or 1"));
            }
        }
        for (index, id) in self.instance_threads.iter().enumerate() {
            self.object_id(At { record: "instance's thread", index }, *id)?;
        }
        for (index, content) in self.contents.iter().enumerate() {
            let at = At { record: "content", index };
            self.validate_name(at, &content.name)?;
            if !narrow(content.offset).is_multiple_of(ALIGNMENT) {
                return Err(at.value("offset", content.offset, "the begin of a page"));
            }
            let range = raw::Range { start: content.offset, count: content.length };
            at.range("bytes", &range, self.bytes)?;
        }
        let at = At { record: "monitor", index: 0 };
        if self.header.flags & raw::HAS_MONITOR != 0 {
            self.object_id(at, self.header.fault_endpoint)?;
            self.object_id(at, self.header.notification)?;
            if self.header.flags & raw::HAS_OUTPUT != 0 {
                self.object_id(at, self.header.output_frame)?;
                self.object_id(at, self.header.output_notification)?;
                at.id("instances", self.header.output_instance, self.instances.len())?;
            }
        }
        Ok(())
    }

    fn validate_object(&self, at: At, object: &raw::Object) -> Result<(), Error> {
        self.validate_name(at, &object.name)?;
        if object.owner != NONE {
            at.id("instances", object.owner, self.instances.len())?;
        }
        match object.kind {
            kind::CNODE | kind::TRANSLATION_TABLE | kind::INTERRUPT => {
                at.range("slots", &object.list, self.slots)
            }
            kind::FRAME => at.range("fills", &object.list, self.fills),
            kind::TCB => {
                at.range("threads", &object.list, self.threads)?;
                match object.list.count {
                    1 => Ok(()),
                    count => Err(at.value("threads", count, "1")),
                }
            }
            kind::ENDPOINT
            | kind::NOTIFICATION
            | kind::UNTYPED
            | kind::VCPU
            | kind::SMC_PERMISSION => Ok(()),
            unknown => Err(at.value("kind", unknown.into(), "1 to 10")),
        }
    }

    fn validate_name(&self, at: At, name: &raw::Range) -> Result<(), Error> {
        match self.name(name) {
            Some(_) => Ok(()),
            None => Err(at.out_of_range("bytes of text", name, self.names.len())),
        }
    }

    fn object_id(&self, at: At, id: u32) -> Result<(), Error> {
        at.id("objects", id, self.objects.len())
    }

    fn optional_object_id(&self, at: At, id: u32) -> Result<(), Error> {
        if id == NONE { Ok(()) } else { self.object_id(at, id) }
    }

    pub(super) fn name(&self, name: &raw::Range) -> Option<&'a str> {
        self.names.get(narrow(name.start)..)?.get(..narrow(name.count))
    }

    pub(super) fn content_bytes(&self, content: &raw::Content) -> Option<&'a [u8]> {
        raw::Range { start: content.offset, count: content.length }.of(self.bytes)
    }

    /// Bytes of the whole block.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no object in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The objects, in the order of their identifiers.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = Object<'a>> + Clone + use<'a> {
        let spec = *self;
        self.objects.iter().map(move |raw| Object { spec, raw })
    }

    /// One object.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<Object<'a>> {
        let raw = self.objects.get(narrow(id.0.into()))?;
        Some(Object { spec: *self, raw })
    }

    /// The instances, in the order of their identifiers.
    pub fn instances(&self) -> impl ExactSizeIterator<Item = Instance<'a>> + Clone + use<'a> {
        let spec = *self;
        self.instances.iter().map(move |raw| Instance { spec, raw })
    }

    /// One instance.
    #[must_use]
    pub fn instance(&self, id: InstanceId) -> Option<Instance<'a>> {
        let raw = self.instances.get(narrow(id.0.into()))?;
        Some(Instance { spec: *self, raw })
    }

    /// The contents, in the order of their identifiers.
    pub fn contents(&self) -> impl ExactSizeIterator<Item = Content<'a>> + Clone + use<'a> {
        let spec = *self;
        self.contents.iter().map(move |raw| Content { spec, raw })
    }

    /// One content.
    #[must_use]
    pub fn content(&self, id: ContentId) -> Option<Content<'a>> {
        let raw = self.contents.get(narrow(id.0.into()))?;
        Some(Content { spec: *self, raw })
    }

    /// The monitor's objects.
    #[must_use]
    pub fn monitor(&self) -> Option<Monitor> {
        (self.header.flags & raw::HAS_MONITOR != 0).then_some(Monitor {
            fault_endpoint: ObjectId(self.header.fault_endpoint),
            notification: ObjectId(self.header.notification),
            owns_console: self.header.flags & raw::OWNS_CONSOLE != 0,
            output: (self.header.flags & raw::HAS_OUTPUT != 0).then_some(MonitorOutput {
                instance: InstanceId(self.header.output_instance),
                frame: ObjectId(self.header.output_frame),
                notification: ObjectId(self.header.output_notification),
                badge: self.header.output_badge,
            }),
        })
    }
}

/// Finds a table in the block.
fn table<'a, T: FromBytes + KnownLayout + Immutable>(
    bytes: &'a [u8], table: &raw::Table, name: &'static str,
) -> Result<&'a [T], Error> {
    let error =
        Error::Table { table: name, offset: table.offset, count: table.count, size: bytes.len() };
    let rest = bytes.get(narrow(table.offset)..).ok_or(error)?;
    match <[T]>::ref_from_prefix_with_elems(rest, narrow(table.count)) {
        Ok((records, _)) => Ok(records),
        Err(_) => Err(error),
    }
}

/// A record, for messages.
#[derive(Clone, Copy)]
struct At {
    record: &'static str,
    index: usize,
}

impl At {
    fn value(self, field: &'static str, value: u64, expected: &'static str) -> Error {
        Error::Value { record: self.record, index: self.index, field, value, expected }
    }

    fn out_of_range(self, what: &'static str, range: &raw::Range, available: usize) -> Error {
        Error::Range {
            record: self.record,
            index: self.index,
            what,
            start: range.start,
            count: range.count,
            available: u64::try_from(available).unwrap_or(u64::MAX),
        }
    }

    fn range<T>(self, what: &'static str, range: &raw::Range, table: &[T]) -> Result<(), Error> {
        match range.of(table) {
            Some(_) => Ok(()),
            None => Err(self.out_of_range(what, range, table.len())),
        }
    }

    fn id(self, what: &'static str, id: u32, available: usize) -> Result<(), Error> {
        if narrow(id.into()) < available {
            return Ok(());
        }
        let range = raw::Range { start: id.into(), count: 1 };
        Err(self.out_of_range(what, &range, available))
    }
}
