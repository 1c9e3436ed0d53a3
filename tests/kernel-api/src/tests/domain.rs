//! Domains. The kernel has one, so that most is refused.

use sel4::init_thread::slot;
use sel4::sys;
use sel4::{Error, cap_type};

use kernel_api_tests::support::check::refused;
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("domain":
    a_thread_is_in_domain_0,
    a_domain_has_to_exist,
    a_thread_has_to_be_one,
    an_entry_of_the_schedule_has_to_exist,
    an_entry_has_an_existing_domain,
    an_entry_has_a_duration,
    the_start_has_to_exist,
    the_start_is_no_end,
    the_schedule_is_set_and_started,
    short_messages_are_refused,
    unknown_labels_are_refused,
);

fn a_thread_is_in_domain_0(env: Env) -> Outcome {
    Ok(slot::DOMAIN_SET.cap().domain_set_set(0, env.make::<cap_type::Tcb>()?)?)
}

fn a_domain_has_to_exist(env: Env) -> Outcome {
    let tcb = env.make::<cap_type::Tcb>()?;
    let result = slot::DOMAIN_SET.cap().domain_set_set(1, tcb);
    refused(result, Error::InvalidArgument { number: 0 })
}

fn a_thread_has_to_be_one(env: Env) -> Outcome {
    let ep = env.endpoint()?.cast();
    let result = slot::DOMAIN_SET.cap().domain_set_set(0, ep);
    refused(result, Error::InvalidArgument { number: 1 })
}

fn an_entry_of_the_schedule_has_to_exist(_: Env) -> Outcome {
    let result = slot::DOMAIN_SET.cap().domain_set_schedule_configure(1, 0, 1);
    refused(result, Error::RangeError { min: 0, max: 0 })
}

fn an_entry_has_an_existing_domain(_: Env) -> Outcome {
    let result = slot::DOMAIN_SET.cap().domain_set_schedule_configure(0, 1, 1);
    refused(result, Error::RangeError { min: 0, max: 0 })
}

fn an_entry_has_a_duration(_: Env) -> Outcome {
    let configure = |duration| slot::DOMAIN_SET.cap().domain_set_schedule_configure(0, 0, duration);
    // Zero would make the entry that the schedule starts at its end.
    refused(configure(0), Error::InvalidArgument { number: 2 })?;
    refused(configure(1 << 56), Error::InvalidArgument { number: 2 })
}

fn the_start_has_to_exist(_: Env) -> Outcome {
    let result = slot::DOMAIN_SET.cap().domain_set_schedule_set_start(2);
    refused(result, Error::RangeError { min: 0, max: 1 })
}

fn the_start_is_no_end(_: Env) -> Outcome {
    let result = slot::DOMAIN_SET.cap().domain_set_schedule_set_start(1);
    refused(result, Error::InvalidArgument { number: 0 })
}

fn the_schedule_is_set_and_started(_: Env) -> Outcome {
    slot::DOMAIN_SET.cap().domain_set_schedule_configure(0, 0, 1)?;
    Ok(slot::DOMAIN_SET.cap().domain_set_schedule_set_start(0)?)
}

fn short_messages_are_refused(env: Env) -> Outcome {
    let (domain, error) = (slot::DOMAIN_SET.cap(), Error::TruncatedMessage);
    let tcb = env.make::<cap_type::Tcb>()?.bits();
    refused(invoke(domain, sys::DomainSetSet, &[], &[tcb]), error)?;
    refused(invoke(domain, sys::DomainSetSet, &[0], &[]), error)?;
    refused(invoke(domain, sys::DomainScheduleConfigure, &[0, 0], &[]), error)?;
    refused(invoke(domain, sys::DomainScheduleSetStart, &[], &[]), error)
}

fn unknown_labels_are_refused(_: Env) -> Outcome {
    let domain = slot::DOMAIN_SET.cap();
    refused(invoke(domain, sys::CNodeCopy, &[], &[]), Error::IllegalOperation)
}
