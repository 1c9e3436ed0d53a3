//! Scheduling domains. (Priorities are checked with the other keys.)

use std::collections::BTreeSet;

use camkes_lang::model::Instance;
use camkes_lang::{Diagnostic, Value};

use crate::context::{Context, list};

/// The kernel counts domains in a byte.
const DOMAINS: u64 = 256;

pub(crate) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let schedule = context.model.schedule.as_ref();
    for slice in schedule.iter().flat_map(|schedule| &schedule.slices) {
        if slice.domain >= DOMAINS {
            found.push(
                Diagnostic::error(
                    "out-of-range",
                    format!("the schedule: there is no domain {}; expected 0 to 255", slice.domain),
                )
                .at(slice.span),
            );
        }
        if slice.length == 0 {
            found.push(
                Diagnostic::error("out-of-range", "the schedule: a time slice has the length 0")
                    .at(slice.span),
            );
        }
    }
    let scheduled: Option<BTreeSet<u64>> =
        schedule.map(|schedule| schedule.slices.iter().map(|slice| slice.domain).collect());
    for instance in &context.model.instances {
        domains(instance, scheduled.as_ref(), found);
        pool(instance, found);
    }
}

fn domains(instance: &Instance, scheduled: Option<&BTreeSet<u64>>, found: &mut Vec<Diagnostic>) {
    for (name, setting) in &instance.settings {
        if name != "domain" && !name.ends_with("_domain") || name == "iospace_domain" {
            continue;
        }
        let Some(domain) = setting.value.as_u64() else {
            continue;
        };
        if domain >= DOMAINS {
            found.push(
                Diagnostic::error(
                    "out-of-range",
                    format!(
                        "`{}.{name}`: there is no domain {domain}; expected 0 to 255",
                        instance.name
                    ),
                )
                .at(setting.value.span),
            );
        } else if scheduled.is_some_and(|scheduled| !scheduled.contains(&domain)) {
            found.push(
                Diagnostic::warning(
                    "never-scheduled",
                    format!(
                        "`{}.{name}`: the schedule has no time slice for domain {domain}",
                        instance.name
                    ),
                )
                .at_with(setting.span, "what is in this domain never runs"),
            );
        }
    }
}

/// `tcb_pool` threads need as many domains.
fn pool(instance: &Instance, found: &mut Vec<Diagnostic>) {
    let Some(setting) = instance.settings.get("tcb_pool_domains") else {
        return;
    };
    let given = list(instance, "tcb_pool_domains").len();
    let threads = instance.value("tcb_pool").and_then(Value::as_u64).unwrap_or(0);
    if u64::try_from(given) != Ok(threads) {
        found.push(
            Diagnostic::error(
                "wrong-count",
                format!(
                    "`{}.tcb_pool_domains` has {given} elements, but `tcb_pool` is {threads}",
                    instance.name
                ),
            )
            .at(setting.span),
        );
    }
}
