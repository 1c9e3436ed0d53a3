//! One function per invocation: packs the parameters, calls, unpacks the results.

use std::fmt::Write as _;

use sel4_build_env::Result;
use sel4_prefix::config::Config;
use sel4_prefix::interfaces::{Direction, Interface, Interfaces, Method};

use crate::layout::{Kind, Placed, kind, place, rust_type};

pub fn generate(api: &Interfaces, config: &Config, word_size: usize) -> Result<String> {
    let mut out = String::new();
    for item in &api.structs {
        structure(&item.name, &item.members, &mut out);
    }
    for (interface, method) in api.methods(config) {
        result_structure(&name(interface, method), method, api, word_size, &mut out)?;
    }
    out.push_str("impl seL4_IPCBuffer {\n");
    for (interface, method) in api.methods(config) {
        let name = name(interface, method);
        stub(&name, method, api, word_size, &mut out).map_err(|err| format!("{name}: {err}"))?;
    }
    out.push_str("}\n");
    Ok(out)
}

/// libsel4's name of the stub.
fn name(interface: &Interface, method: &Method) -> String {
    format!("{}_{}", interface.name, method.name)
}

/// Keeps names that are Rust keywords usable.
fn ident(name: &str) -> String {
    match name {
        "type" => "r#type".to_owned(),
        _ => name.to_owned(),
    }
}

fn structure(name: &str, members: &[String], out: &mut String) {
    writeln!(out, "/// `{name}`: one word per member, in the order of the message.").unwrap();
    writeln!(out, "#[repr(C)]\n#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]").unwrap();
    writeln!(out, "pub struct {name} {{").unwrap();
    for member in members {
        writeln!(out, "    /// `{member}`.\n    pub {member}: seL4_Word,").unwrap();
    }
    out.push_str("}\n");
}

/// Results that aren't structures come back in a structure of their own, beside the error.
fn by_value(method: &Method, api: &Interfaces, word_size: usize) -> Result<Vec<(String, String)>> {
    let mut fields = Vec::new();
    for param in method.params(Direction::Out) {
        let kind = kind(&param.ty, api, word_size)?;
        if !matches!(kind, Kind::Struct(_)) {
            fields.push((ident(&param.name), rust_type(&kind, &param.ty, word_size)));
        }
    }
    Ok(fields)
}

fn result_structure(
    name: &str, method: &Method, api: &Interfaces, word_size: usize, out: &mut String,
) -> Result<()> {
    let fields = by_value(method, api, word_size)?;
    if fields.is_empty() {
        return Ok(());
    }
    writeln!(out, "/// Results of `{name}`.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]")
        .unwrap();
    writeln!(out, "pub struct {name} {{\n    /// `seL4_NoError`, or why there are no results.")
        .unwrap();
    out.push_str("    pub error: seL4_Error::Type,\n");
    for (field, ty) in fields {
        writeln!(out, "    /// `{field}`.\n    pub {field}: {ty},").unwrap();
    }
    out.push_str("}\n");
    Ok(())
}

/// The expressions for the words of a message.
fn pack(placed: &[Placed], words: usize, word_size: usize) -> Vec<String> {
    let mut message = vec![String::new(); words];
    let mut put = |word: usize, text: String| {
        let target: &mut String = &mut message[word];
        if !target.is_empty() {
            target.push_str(" | ");
        }
        target.push_str(&text);
    };
    for Placed { param, kind, word, shift } in placed {
        let name = ident(&param.name);
        match kind {
            Kind::Cap => {}
            Kind::Rights => put(*word, format!("{name}.0")),
            Kind::Struct(members) => {
                for (i, member) in members.iter().enumerate() {
                    put(word + i, format!("{name}.{member}"));
                }
            }
            Kind::Bits(bits) if *bits == word_size => put(*word, name),
            Kind::Bits(bits) if *bits > word_size => {
                put(*word, format!("{name} as seL4_Word"));
                put(word + 1, format!("({name} >> seL4_Word::BITS) as seL4_Word"));
            }
            Kind::Bits(_) => put(*word, format!("(seL4_Word::from({name}) << {shift})")),
        }
    }
    for word in &mut message {
        if word.is_empty() {
            word.push('0');
        }
    }
    message
}

/// The expression for one result.
fn unpack(kind: &Kind, word: usize, shift: usize, word_size: usize) -> String {
    match kind {
        Kind::Bits(1) => format!("(self.output(&mrs, {word}) >> {shift}) & 1 != 0"),
        Kind::Bits(bits) if *bits > word_size => format!(
            "u64::from(self.output(&mrs, {word})) | u64::from(self.output(&mrs, {})) << {word_size}",
            word + 1
        ),
        Kind::Bits(bits) if *bits < word_size => {
            format!("(self.output(&mrs, {word}) >> {shift}) as u{bits}")
        }
        _ => format!("self.output(&mrs, {word})"),
    }
}

fn stub(
    name: &str, method: &Method, api: &Interfaces, word_size: usize, out: &mut String,
) -> Result<()> {
    let inputs = method.params(Direction::In);
    let outputs = method.params(Direction::Out);
    let (inputs, words) = place(inputs, api, word_size)?;
    let (outputs, _) = place(outputs, api, word_size)?;
    let fields = by_value(method, api, word_size)?;

    let mut signature = String::new();
    for Placed { param, kind, .. } in inputs.iter().chain(&outputs) {
        let ty = rust_type(kind, &param.ty, word_size);
        let by_reference = matches!(kind, Kind::Struct(_));
        match (by_reference, param.direction == Direction::Out) {
            (true, true) => write!(signature, ", {}: &mut {ty}", ident(&param.name)).unwrap(),
            (true, false) => write!(signature, ", {}: &{ty}", ident(&param.name)).unwrap(),
            (false, false) => write!(signature, ", {}: {ty}", ident(&param.name)).unwrap(),
            (false, true) => {}
        }
    }
    let result = if fields.is_empty() { "seL4_Error::Type" } else { name };
    let message = pack(&inputs, words, word_size).join(", ");
    let caps = inputs.iter().filter(|placed| placed.kind == Kind::Cap);
    let caps = caps.map(|placed| ident(&placed.param.name)).collect::<Vec<_>>().join(", ");

    writeln!(out, "    /// {}", method.brief).unwrap();
    writeln!(out, "    pub fn {name}(&mut self, service: seL4_CPtr{signature}) -> {result} {{")
        .unwrap();
    let binding = if outputs.is_empty() { "_" } else { "mrs" };
    writeln!(
        out,
        "        let (error, {binding}) = self.invoke(service, {}, [{message}], [{caps}]);",
        method.id
    )
    .unwrap();
    for placed in &outputs {
        if let Kind::Struct(members) = &placed.kind {
            out.push_str("        if error == seL4_Error::seL4_NoError {\n");
            for (i, member) in members.iter().enumerate() {
                let (target, word) = (ident(&placed.param.name), placed.word + i);
                writeln!(out, "            {target}.{member} = self.output(&mrs, {word});")
                    .unwrap();
            }
            out.push_str("        }\n");
        }
    }
    if fields.is_empty() {
        out.push_str("        error\n");
    } else {
        writeln!(out, "        {name} {{\n            error,").unwrap();
        for placed in outputs.iter().filter(|p| !matches!(p.kind, Kind::Struct(_))) {
            let value = unpack(&placed.kind, placed.word, placed.shift, word_size);
            writeln!(out, "            {}: {value},", ident(&placed.param.name)).unwrap();
        }
        out.push_str("        }\n");
    }
    out.push_str("    }\n");
    Ok(())
}
