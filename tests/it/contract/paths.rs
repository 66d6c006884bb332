//! A path is exactly a path: whatever else looks like it is denied.

use access::Role;
use ids::AccountId;
use tonic::Code;

use super::{
    catalogue::rpcs,
    wire::{Call, reason},
};
use crate::world::tell;

#[test]
fn odd_paths_lead_nowhere() {
    tell(async |world| {
        let token = world
            .forge()
            .await
            .person(AccountId::generate())
            .with_roles(&[Role::Owner])
            .token();
        for rpc in rpcs() {
            let path = rpc.path;
            let (service, method) = path.trim_start_matches('/').split_once('/').unwrap();
            let odd = [
                format!("/{path}"),
                format!("/{service}//{method}"),
                format!("/{service}{method}"),
                format!("/{service}%2F{method}"),
                format!("/{service}/{method}/"),
                format!("/{}/{method}", service.to_uppercase()),
                format!("/{service}/{}", method.to_lowercase()),
                format!("/./{service}/{method}"),
                format!("/x/../{service}/{method}"),
                format!("/{service}/"),
            ];
            for odd in odd {
                let answer = Call::new()
                    .bearer(&token)
                    .to(&rpc.address(world), &odd)
                    .await;
                let status = answer.err().unwrap_or_else(|| panic!("{odd} is let in"));
                assert_eq!(
                    status.code(),
                    Code::PermissionDenied,
                    "{odd}: {}",
                    reason(&status)
                );
                assert_eq!(reason(&status), "POLICY_MISSING", "{odd}");
            }
        }
    });
}
