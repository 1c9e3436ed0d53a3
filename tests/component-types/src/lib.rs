//! A component with every type and direction of parameters, and its tests.

use component::{Caller, Reply, SavedReply};

component::include_interfaces!();

/// The component.
pub struct Everything {
    /// What it is connected to.
    pub interfaces: Interfaces,
    /// Callers that wait.
    pub waiting: Vec<SavedReply<i32>>,
    /// What has happened.
    pub log: Vec<&'static str>,
}

impl Component for Everything {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, waiting: Vec::new(), log: Vec::new() }
    }

    fn run(&mut self) {}

    fn types_nothing(&mut self, _: Caller) {
        self.log.push("nothing");
    }

    fn types_add(&mut self, caller: Caller, a: i32, b: i32) -> i32 {
        a.wrapping_add(b).wrapping_add(i32::try_from(caller.number()).unwrap_or(0))
    }

    fn types_wide(&mut self, _: Caller, a: u64, b: i64, c: usize, d: isize) -> u64 {
        a ^ b.cast_unsigned() ^ c as u64 ^ d.cast_unsigned() as u64
    }

    fn types_narrow(&mut self, _: Caller, a: u8, b: i8, c: u16, d: i16, e: bool, f: u8) -> bool {
        e && i32::from(a) + i32::from(b) + i32::from(c) + i32::from(d) == i32::from(f)
    }

    fn types_real(&mut self, _: Caller, a: f32, b: f64) -> f64 {
        f64::from(a) * b
    }

    fn types_text(&mut self, _: Caller, a: &str, b: &str) -> String {
        format!("{a}+{b}")
    }

    fn types_array(&mut self, _: Caller, a: &[u8], b: &[i64], c: &[i32], d: &[bool]) -> i32 {
        let count = a.len() + b.len() + c.len() + d.iter().filter(|it| **it).count();
        i32::try_from(count).unwrap_or(-1)
    }

    fn types_texts(&mut self, _: Caller, a: &[&str]) -> Vec<String> {
        a.iter().rev().map(|text| (*text).to_owned()).collect()
    }

    fn types_out_all(
        &mut self, _: Caller, d: i32, e: &str, f: &[u8],
    ) -> (i32, String, Vec<u16>, i32, String, Vec<u8>) {
        (1, "two".to_owned(), vec![3, 3, 3], d - 1, e.to_uppercase(), f[..f.len() / 2].to_vec())
    }

    fn types_move(
        &mut self, _: Caller, start: types::Point, by: &[types::Point], last: types::Point,
    ) -> (types::Point, types::Point) {
        let end = by.iter().fold(start, |point, by| types::Point {
            x: point.x.wrapping_add(by.x),
            y: point.y.wrapping_add(by.y),
            label: point.label + &by.label,
        });
        (last, end)
    }

    fn types_date(&mut self, _: Caller, r#type: types::RtcTimeDate) -> types::RtcTimeDate {
        types::RtcTimeDate { year: r#type.year.wrapping_add(1), ..r#type }
    }

    fn types_many(
        &mut self, _: Caller, a: i32, _: i32, _: i32, _: i32, _: i32, _: i32, _: i32, _: i32,
        _: i32, _: i32, _: i32, _: i32, m: i32,
    ) -> i32 {
        m.wrapping_sub(a)
    }

    fn types_wait(&mut self, _: Caller, reply: Reply<'_, i32>, self_: i32, _call: &str) {
        reply.send(self_);
    }

    fn types_handler(&mut self, caller: Caller, _: i32, reply: i32) -> i32 {
        i32::try_from(caller.index()).unwrap_or(reply)
    }

    fn other_poke(&mut self, _: Caller) {
        self.log.push("poke");
        self.interfaces.s.post();
    }

    fn incoming_handle(&mut self) {
        self.log.push("incoming");
    }
}

#[cfg(test)]
mod test;
