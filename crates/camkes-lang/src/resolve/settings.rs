//! Settings: queries are asked, references followed, defaults filled in.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::ast::{Reference, SettingValue};
use crate::diagnostics::{Diagnostic, MOST_SUGGESTIONS};
use crate::keys::{self, Names, Scope};
use crate::model::{ComponentId, InstanceId, Origin, Setting, UnboundSetting};
use crate::query::{self, Queries};
use crate::source::Span;
use crate::value::Value;

use super::Resolver;
use super::flatten::{Flat, FlatSetting, Target};

/// A setting's value on the way to being known.
#[derive(Clone, Debug)]
enum State {
    Waiting,
    /// Being followed, which shows loops.
    Visiting,
    Known(Value, Origin),
    /// The setting is forgotten: what it refers to has no value.
    Unset,
}

type Index = HashMap<(Target, String), usize>;

impl Resolver<'_> {
    /// Gives every setting its value; returns those of the connections.
    pub(super) fn settings(
        &mut self, flat: &mut Flat, queries: &mut Queries<'_>,
    ) -> Vec<IndexMap<String, Setting>> {
        let settings = std::mem::take(&mut flat.settings);
        let index = self.index(&settings);
        let mut states: Vec<State> = settings
            .iter()
            .map(|setting| match &setting.value {
                SettingValue::Value(value) => State::Known(value.clone(), Origin::Written),
                SettingValue::Query(asked) => match queries.answer(asked, self.diagnostics) {
                    Some(value) => State::Known(value, Origin::Query),
                    None => State::Unset,
                },
                SettingValue::Reference(_) => State::Waiting,
            })
            .collect();
        let names = self.instance_names();
        // What is set on any instance of a type.
        let set: HashSet<(ComponentId, &str)> = settings
            .iter()
            .filter_map(|setting| match setting.target {
                Target::Instance(id) => {
                    Some((self.model[id].component, setting.attribute.as_str()))
                }
                _ => None,
            })
            .collect();
        for start in 0..settings.len() {
            self.follow(start, &settings, &index, &names, &set, &mut states);
        }
        let links = flat.links.len();
        let values = self.assign(settings, &index, states, links);
        self.fill_defaults();
        values
    }

    /// Settings by target and attribute; what is set twice is an error.
    fn index(&mut self, settings: &[FlatSetting]) -> Index {
        let mut index = Index::new();
        for (at, setting) in settings.iter().enumerate() {
            let key = (setting.target.clone(), setting.attribute.clone());
            let first = *index.entry(key).or_insert(at);
            if first != at {
                let text = self.setting_name(setting);
                self.diagnostics.push(
                    Diagnostic::error("duplicate-setting", format!("`{text}` is set twice"))
                        .at(setting.span)
                        .label(settings[first].span, "the first setting"),
                );
            }
        }
        index
    }

    fn setting_name(&self, setting: &FlatSetting) -> String {
        let attribute = &setting.attribute;
        match &setting.target {
            Target::Instance(id) => format!("{}.{attribute}", self.model[*id].name),
            Target::Interface(id, interface) => format!(
                "{}.{}.{attribute}",
                self.model[*id].name,
                self.model.component_of(*id).interfaces[*interface].name
            ),
            Target::Link(_) => attribute.clone(),
            Target::Unknown(name) => format!("{name}.{attribute}"),
        }
    }

    fn instance_names(&self) -> HashMap<String, InstanceId> {
        self.model.instance_ids().map(|id| (self.model[id].name.clone(), id)).collect()
    }

    /// Follows a chain of references and gives each setting on it its value.
    fn follow(
        &mut self, start: usize, settings: &[FlatSetting], index: &Index,
        names: &HashMap<String, InstanceId>, set: &HashSet<(ComponentId, &str)>,
        states: &mut [State],
    ) {
        let mut chain = Vec::new();
        let mut at = start;
        // Down the chain, to something whose value is known.
        let mut result = loop {
            match &states[at] {
                State::Known(value, origin) => break State::Known(value.clone(), *origin),
                State::Unset => break State::Unset,
                State::Visiting => {
                    self.reference_loop(&chain, at, settings);
                    break State::Unset;
                }
                State::Waiting => {}
            }
            states[at] = State::Visiting;
            chain.push(at);
            let SettingValue::Reference(reference) = &settings[at].value else {
                break State::Unset;
            };
            let Some((instance, attribute)) = self.referent(&settings[at], reference, names) else {
                break State::Unset;
            };
            match index.get(&(Target::Instance(instance), attribute.clone())) {
                Some(next) => at = *next,
                None => {
                    let declared = self.model.component_of(instance).attribute(&attribute);
                    let Some(declared) = declared else {
                        self.unknown_referent(instance, &attribute, &settings[at], settings, set);
                        break State::Unset;
                    };
                    break match declared.default.clone() {
                        Some(value) => State::Known(value, Origin::Default),
                        None => State::Unset,
                    };
                }
            }
        };
        // And back up.
        for at in chain.into_iter().rev() {
            let SettingValue::Reference(reference) = &settings[at].value else {
                continue;
            };
            result = match result {
                State::Known(value, _) => self.look_up(&value, reference),
                other => other,
            };
            states[at] = result.clone();
        }
    }

    /// Says that there is nothing of that name. It may be left out if it is a key, if it is set on
    /// another instance of the type, or if a component passes its own setting on (`inner.x <- x`):
    /// there the left side says what may be set, and has a default of its own.
    fn unknown_referent(
        &mut self, instance: InstanceId, attribute: &str, setting: &FlatSetting,
        settings: &[FlatSetting], set: &HashSet<(ComponentId, &str)>,
    ) {
        let SettingValue::Reference(reference) = &setting.value else {
            return;
        };
        let own = setting.scope.is_some() && reference.path.parts.len() == 1;
        if own && attribute == setting.attribute {
            return;
        }
        let component = self.model[instance].component;
        let declared = &self.model[component];
        let interfaces: Vec<&str> =
            declared.interfaces.iter().map(|interface| interface.name.as_str()).collect();
        let names = Names { interfaces: &interfaces, ..Names::default() };
        let is_set = set.contains(&(component, attribute));
        if is_set || keys::lookup(Scope::Instance, attribute, names).is_some() {
            return;
        }
        let mut diagnostic = Diagnostic::error(
            "unknown-attribute",
            format!(
                "`{}` refers to nothing: `{}` has no attribute `{attribute}`, and none is set",
                reference.path.text(),
                declared.name
            ),
        )
        .at(reference.path.span)
        .label(declared.span, "the component is declared here");
        let mut near: Vec<&str> =
            declared.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        let settings = if self.diagnostics.len() < MOST_SUGGESTIONS { settings } else { &[] };
        near.extend(settings.iter().filter_map(|setting| {
            (setting.target == Target::Instance(instance)).then_some(setting.attribute.as_str())
        }));
        if let Some(near) = keys::nearest(Scope::Instance, attribute, names, &near) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        self.diagnostics.push(diagnostic);
    }

    fn look_up(&mut self, value: &Value, reference: &Reference) -> State {
        match query::look_up(value, &reference.lookup) {
            Ok(value) => State::Known(value, Origin::Reference),
            Err(error) => {
                self.diagnostics.push(Diagnostic::error("bad-lookup", error.text).at(error.span));
                State::Unset
            }
        }
    }

    fn reference_loop(&mut self, chain: &[usize], at: usize, settings: &[FlatSetting]) {
        let begin = chain.iter().position(|one| *one == at).unwrap_or(0);
        let names: Vec<String> = chain[begin..]
            .iter()
            .chain([&at])
            .map(|one| self.setting_name(&settings[*one]))
            .collect();
        self.error(
            "reference-loop",
            format!("settings refer to each other: {}", names.join(" <- ")),
            settings[at].span,
        );
    }

    /// The attribute that a reference means.
    fn referent(
        &mut self, setting: &FlatSetting, reference: &Reference,
        names: &HashMap<String, InstanceId>,
    ) -> Option<(InstanceId, String)> {
        let (attribute, path) = reference.path.parts.split_last()?;
        let local: Vec<&str> = path.iter().map(|part| part.text.as_str()).collect();
        let local = local.join(".");
        let instance = match (setting.scope, local.is_empty()) {
            // Inside a component, its own attribute.
            (Some(scope), true) => Some(scope),
            (Some(scope), false) => {
                names.get(&format!("{}.{local}", self.model[scope].name)).copied()
            }
            (None, _) => names.get(&local).copied(),
        };
        if instance.is_none() {
            let mut diagnostic = if local.is_empty() {
                Diagnostic::error(
                    "unknown-instance",
                    format!("`{}` names no instance", attribute.text),
                )
                .help("a reference is written `<- instance.attribute`")
            } else {
                let names = names.keys().map(String::as_str);
                let names = names.filter(|_| self.diagnostics.len() < MOST_SUGGESTIONS);
                Diagnostic::error("unknown-instance", format!("unknown instance `{local}`"))
                    .suggest(&local, names)
            };
            diagnostic = diagnostic.at(reference.path.span);
            self.diagnostics.push(diagnostic);
        }
        Some((instance?, attribute.text.clone()))
    }

    /// Enters the values into the model.
    fn assign(
        &mut self, settings: Vec<FlatSetting>, index: &Index, states: Vec<State>, links: usize,
    ) -> Vec<IndexMap<String, Setting>> {
        let mut link_settings = vec![IndexMap::new(); links];
        for (at, (setting, state)) in settings.into_iter().zip(states).enumerate() {
            let key = (setting.target.clone(), setting.attribute.clone());
            let State::Known(value, origin) = state else {
                continue;
            };
            if index.get(&key) != Some(&at) {
                continue;
            }
            let resolved = Setting { value, origin, span: setting.span };
            match setting.target {
                Target::Instance(id) => {
                    self.model.instances[id.0].settings.insert(setting.attribute, resolved);
                }
                Target::Interface(id, interface) => {
                    self.model.instances[id.0]
                        .interface_settings
                        .entry(interface)
                        .or_default()
                        .insert(setting.attribute, resolved);
                }
                Target::Link(link) => {
                    link_settings[link].insert(setting.attribute, resolved);
                }
                Target::Unknown(target) => {
                    self.unbound(target, setting.target_span, setting.attribute, resolved);
                }
            }
        }
        link_settings
    }

    fn unbound(&mut self, target: String, target_span: Span, attribute: String, setting: Setting) {
        self.model.unbound.push(UnboundSetting { target, target_span, attribute, setting });
    }
}
