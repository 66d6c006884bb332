//! Makes every `ErrorReason` of the protos a [`fault::Reason`], under the domain that its proto
//! file documents.

use crate::{access, directory, identity, presence, reporting, routing};

fault::reasons!(access::v1::ErrorReason, "strowger.dev");
fault::reasons!(directory::v1::ErrorReason, "directory.strowger.dev");
fault::reasons!(identity::v1::ErrorReason, "identity.strowger.dev");
fault::reasons!(presence::v1::ErrorReason, "presence.strowger.dev");
fault::reasons!(reporting::v1::ErrorReason, "reporting.strowger.dev");
fault::reasons!(routing::v1::ErrorReason, "routing.strowger.dev");
