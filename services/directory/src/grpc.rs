//! gRPC: one file a service, translation and nothing else.
//!
//! [`crud`] has the five standard methods once for all resources; a service names its messages
//! and adds its own verbs. [`request`] reads what every request brings: who, which attempt, which
//! page. To change what a message means, open `convert/`.

mod convert;
mod crud;
mod extension;
mod menu;
mod number;
mod plan;
mod queue;
mod request;
mod ring_group;
mod schedule;
mod split;

pub use extension::Extensions;
pub use menu::Menus;
pub use number::Numbers;
pub use plan::Plans;
pub use queue::Queues;
pub use ring_group::RingGroups;
pub use schedule::Schedules;
pub use split::Splits;

/// The path of a method, as policies and repeated requests name it.
macro_rules! method_path {
    ($method:literal) => {
        concat!("/strowger.directory.v1.", $method)
    };
}
use method_path;

/// A service is the use cases behind it.
macro_rules! service {
    ($(#[$doc:meta])+ $name:ident) => {
        $(#[$doc])+
        #[derive(Clone)]
        pub struct $name {
            app: $crate::app::App,
        }

        impl $name {
            /// Over these use cases.
            #[must_use]
            pub fn new(app: $crate::app::App) -> Self {
                Self { app }
            }
        }
    };
}
use service;
