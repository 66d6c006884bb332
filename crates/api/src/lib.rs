//! The wire: everything generated from `proto/`.
//!
//! Owns the messages, clients and servers of the five services, the descriptor
//! set that reflection serves, and the table of method policies. Never holds
//! behaviour: translating to and from the domain happens in each service's
//! `grpc/`.
//!
//! To add an RPC, write it in `proto/` with its `policy` option and rebuild;
//! nothing here changes.

#![expect(
    missing_docs,
    clippy::all,
    clippy::allow_attributes_without_reason,
    unused_qualifications,
    reason = "generated; the comments stand in proto/"
)]

pub mod policy;
mod reason;

/// Options shared by all services.
pub mod access {
    pub mod v1 {
        tonic::include_proto!("strowger.access.v1");
    }
}

/// Who is this, and what may they do.
pub mod identity {
    pub mod v1 {
        tonic::include_proto!("strowger.identity.v1");
    }
}

/// The company's phone system.
pub mod directory {
    pub mod v1 {
        tonic::include_proto!("strowger.directory.v1");
    }
}

/// Who can take a call right now.
pub mod presence {
    pub mod v1 {
        tonic::include_proto!("strowger.presence.v1");
    }
}

/// Where this call goes, and why.
pub mod routing {
    pub mod v1 {
        tonic::include_proto!("strowger.routing.v1");
    }
}

/// What happened, and who did it.
pub mod reporting {
    pub mod v1 {
        tonic::include_proto!("strowger.reporting.v1");
    }
}

/// The encoded `FileDescriptorSet` of `proto/` with imports, comments and
/// custom options.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
