//! The protos of what a process serves, for grpcurl and its like. Both
//! versions: Python's client speaks only v1alpha.

use tonic::service::RoutesBuilder;
use tonic_reflection::server::{Builder, Error};

const HEALTH: &str = "grpc.health.v1.Health";

pub(crate) fn add(routes: &mut RoutesBuilder, names: &[&'static str]) -> Result<(), Error> {
    let builder = || {
        names.iter().fold(
            Builder::configure()
                .register_encoded_file_descriptor_set(api::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .with_service_name(HEALTH),
            |builder, name| builder.with_service_name(*name),
        )
    };
    routes.add_service(builder().build_v1()?);
    routes.add_service(builder().build_v1alpha()?);
    Ok(())
}
