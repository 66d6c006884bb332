//! What every RPC must declare. The build refuses some of it too; here it is
//! said of the descriptors themselves, which is what clients see.

use api::access::v1::{Audience, Permission, Scope};
use prost_reflect::{
    DescriptorPool, FileDescriptor,
    prost_types::{
        DescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
        ServiceDescriptorProto,
    },
};

use super::catalogue::{POOL, rpcs};

/// RPCs without a policy.
fn undeclared(pool: &DescriptorPool) -> Vec<String> {
    let option = pool.get_extension_by_name("strowger.access.v1.policy");
    let methods = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>());
    methods
        .filter(|method| {
            option
                .as_ref()
                .is_none_or(|option| !method.options().has_extension(option))
        })
        .map(|method| method.full_name().to_owned())
        .collect()
}

/// Elements of our files without a comment.
fn uncommented(pool: &DescriptorPool) -> Vec<String> {
    pool.files()
        .filter(|file| file.package_name().starts_with("strowger."))
        .flat_map(|file| silent(&file))
        .collect()
}

fn silent(file: &FileDescriptor) -> Vec<String> {
    let commented: Vec<&[i32]> = file
        .file_descriptor_proto()
        .source_code_info
        .iter()
        .flat_map(|info| &info.location)
        .filter(|location| {
            location
                .leading_comments
                .as_deref()
                .is_some_and(|text| !text.trim().is_empty())
        })
        .map(|location| location.path.as_slice())
        .collect();
    let mut silent = Vec::new();
    let mut check = |name: &str, path: &[i32]| {
        if !commented.contains(&path) {
            silent.push(name.to_owned());
        }
    };
    for service in file.services() {
        check(service.full_name(), service.path());
        service
            .methods()
            .for_each(|method| check(method.full_name(), method.path()));
    }
    for message in file.messages() {
        check(message.full_name(), message.path());
        message
            .fields()
            .for_each(|field| check(field.full_name(), field.path()));
    }
    for values in file.enums() {
        check(values.full_name(), values.path());
        values
            .values()
            .for_each(|value| check(value.full_name(), value.path()));
    }
    silent
}

#[test]
fn every_rpc_declares_its_policy() {
    let undeclared = undeclared(&POOL);
    assert!(
        undeclared.is_empty(),
        "without `option (strowger.access.v1.policy)`: {undeclared:#?}"
    );
    let services = POOL
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>());
    assert_eq!(services.count(), rpcs().len(), "the table has every RPC");
}

#[test]
fn every_element_has_a_comment() {
    let uncommented = uncommented(&POOL);
    assert!(
        uncommented.is_empty(),
        "without a comment: {uncommented:#?}"
    );
}

#[test]
fn every_policy_is_complete() {
    for rpc in rpcs() {
        let (path, policy) = (rpc.path, rpc.policy);
        assert!(
            policy.deadline.is_some() || policy.server_streaming,
            "{path}: a unary RPC without a deadline"
        );
        assert!(!policy.audience.is_empty(), "{path}: nobody may call it");
        assert_ne!(policy.scope(), Scope::Unspecified, "{path}: no scope");
        assert_eq!(
            policy.permission() == Permission::Unspecified,
            policy.is_open(),
            "{path}: exactly the open RPCs demand no permission"
        );
        assert!(
            !policy.is_open() || policy.audience.len() == 1,
            "{path}: open means open to everybody"
        );
        let platform = policy.scope() == Scope::Platform;
        assert!(
            !(platform && policy.admits(Audience::Person)),
            "{path}: a person names no account"
        );
    }
}

/// Rights, money, credentials, configuration, and what is private to others.
const SENSITIVE: &[Permission] = &[
    Permission::AccountsCreate,
    Permission::AccountManage,
    Permission::OwnershipTransfer,
    Permission::UsersManage,
    Permission::RolesGrant,
    Permission::ServiceKeysManage,
    Permission::AccountsSuspend,
    Permission::SharingManage,
    Permission::PasswordResetsDeliver,
    Permission::ExtensionsManage,
    Permission::NumbersManage,
    Permission::RingGroupsManage,
    Permission::QueuesManage,
    Permission::MenusManage,
    Permission::SchedulesManage,
    Permission::PresencePoliciesManage,
    Permission::CallRecordsRead,
    Permission::AuditRead,
    Permission::IdentitiesSplit,
];

#[test]
fn what_a_revoked_token_must_not_do_is_declared_sensitive() {
    for rpc in rpcs() {
        let (path, policy) = (rpc.path, rpc.policy);
        assert!(
            policy.sensitive || !SENSITIVE.contains(&policy.permission()),
            "{path}: its permission is for what is sensitive"
        );
    }
}

/// Losing sight of identity must cost no call and keep nobody from signing in
/// or out.
#[test]
fn nothing_on_the_path_of_a_call_is_sensitive() {
    const ON_THE_PATH: [&str; 5] = [
        ".routing.",
        ".presence.",
        ".PlanService/",
        ".KeyService/",
        "/SignOut",
    ];
    for rpc in rpcs() {
        let on_the_path = ON_THE_PATH.iter().any(|part| rpc.path.contains(part));
        assert!(
            !(rpc.policy.sensitive && (on_the_path || rpc.policy.is_open())),
            "{}",
            rpc.path
        );
    }
}

#[test]
fn a_planted_rpc_without_policy_and_comment_is_found() {
    let input = ".planted.v1.Request".to_owned();
    let method = MethodDescriptorProto {
        name: Some("Forgotten".to_owned()),
        input_type: Some(input.clone()),
        output_type: Some(input),
        ..MethodDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("strowger/planted.proto".to_owned()),
        package: Some("planted.v1".to_owned()),
        message_type: vec![DescriptorProto {
            name: Some("Request".to_owned()),
            ..DescriptorProto::default()
        }],
        service: vec![ServiceDescriptorProto {
            name: Some("PlantedService".to_owned()),
            method: vec![method],
            ..ServiceDescriptorProto::default()
        }],
        syntax: Some("proto3".to_owned()),
        ..FileDescriptorProto::default()
    };
    let mut pool = POOL.clone();
    pool.add_file_descriptor_set(FileDescriptorSet { file: vec![file] })
        .unwrap();
    assert_eq!(undeclared(&pool), ["planted.v1.PlantedService.Forgotten"]);
    let planted = pool.get_file_by_name("strowger/planted.proto").unwrap();
    assert_eq!(silent(&planted).len(), 3, "service, method and message");
}
