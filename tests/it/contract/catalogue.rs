//! Every RPC of the mesh, as its descriptor and its policy declare it.

use std::sync::LazyLock;

use api::policy::{self, Policy};
use mesh::Service;
use prost_reflect::{DescriptorPool, MethodDescriptor};

use crate::world::World;

pub(crate) static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(api::DESCRIPTORS).unwrap());

/// One method.
#[derive(Debug, Clone)]
pub(crate) struct Rpc {
    pub(crate) path: &'static str,
    pub(crate) method: MethodDescriptor,
    pub(crate) policy: &'static Policy,
}

impl Rpc {
    /// Which of the five serves it.
    pub(crate) fn service(&self) -> Service {
        let package = self.method.parent_service().package_name().to_owned();
        let found = Service::ALL
            .into_iter()
            .find(|service| package.contains(service.name()));
        found.unwrap_or_else(|| panic!("{} belongs to no service", self.path))
    }

    /// Where it is served.
    pub(crate) fn address(&self, world: &World) -> String {
        world.address(self.service()).to_owned()
    }
}

/// All of them, in the order of their paths.
pub(crate) fn rpcs() -> Vec<Rpc> {
    let of = |policy: &'static Policy| {
        let (service, method) = policy.path.trim_start_matches('/').split_once('/').unwrap();
        let service = POOL.get_service_by_name(service).unwrap();
        let method = service
            .methods()
            .find(|found| found.name() == method)
            .unwrap();
        Rpc {
            path: policy.path,
            method,
            policy,
        }
    };
    policy::TABLE.iter().map(of).collect()
}

/// One of them.
pub(crate) fn rpc(path: &str) -> Rpc {
    rpcs()
        .into_iter()
        .find(|rpc| rpc.path == path)
        .unwrap_or_else(|| panic!("no RPC {path}"))
}
