//! Turns `proto/` into Rust: messages, clients, servers, the descriptor set,
//! and the policy table that the access layer enforces.

use std::{error::Error, fmt::Write as _, fs, path::Path, path::PathBuf};

use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value};

const ROOT: &str = "../../proto";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let mut files = Vec::new();
    collect(Path::new(ROOT), &mut files)?;
    files.sort();
    println!("cargo:rerun-if-changed={ROOT}");

    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(&files)?;
    // Encoded by protox, because prost's own type drops custom options.
    let encoded = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &encoded)?;
    fs::write(
        out.join("policy_table.rs"),
        policy_table(&DescriptorPool::decode(encoded.as_slice())?)?,
    )?;

    tonic_prost_build::configure()
        .bytes(".strowger")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// One `(path, Policy)` a method, sorted by path. A method without a policy
/// is left out, which the access layer reads as "denied".
fn policy_table(pool: &DescriptorPool) -> Result<String, Box<dyn Error>> {
    let option = pool
        .get_extension_by_name("strowger.access.v1.policy")
        .ok_or("strowger.access.v1.policy is not defined")?;
    let mut rows = Vec::new();
    for service in pool.services() {
        for method in service.methods() {
            let options = method.options();
            if !options.has_extension(&option) {
                continue;
            }
            if let Value::Message(policy) = options.get_extension(&option).as_ref() {
                let path = format!("/{}/{}", service.full_name(), method.name());
                rows.push((path.clone(), policy_row(&path, &method, policy)?));
            }
        }
    }
    rows.sort();
    let mut table = String::from("&[\n");
    for (_, row) in rows {
        writeln!(table, "    {row},")?;
    }
    table.push(']');
    Ok(table)
}

fn policy_row(
    path: &str,
    method: &MethodDescriptor,
    policy: &DynamicMessage,
) -> Result<String, Box<dyn Error>> {
    let audience: Vec<String> = match policy.get_field_by_name("audience").as_deref() {
        Some(Value::List(values)) => values
            .iter()
            .filter_map(Value::as_enum_number)
            .map(|number| format!("{number}"))
            .collect(),
        _ => Vec::new(),
    };
    let deadline = match policy.get_field_by_name("deadline").as_deref() {
        Some(Value::Message(duration)) if policy.has_field_by_name("deadline") => {
            let seconds = number(duration, "seconds");
            let nanos = number(duration, "nanos");
            format!("Some(::core::time::Duration::new({seconds}, {nanos}))")
        }
        _ if method.is_server_streaming() => "None".to_owned(),
        _ => return Err(format!("{path}: the policy of a unary method needs a deadline").into()),
    };
    let max_request_bytes = number(policy, "max_request_bytes");
    if !(1..=4 << 20).contains(&max_request_bytes) {
        return Err(format!("{path}: max_request_bytes must be 1 to 4194304").into());
    }
    Ok(format!(
        "Policy {{ path: {path:?}, permission: {}, scope: {}, audience: &[{}], idempotent: {}, \
         sensitive: {}, deadline: {deadline}, max_request_bytes: {max_request_bytes}, server_streaming: {}, \
         client_streaming: {} }}",
        number(policy, "permission"),
        number(policy, "scope"),
        audience.join(", "),
        flag(policy, "idempotent"),
        flag(policy, "sensitive"),
        method.is_server_streaming(),
        method.is_client_streaming(),
    ))
}

fn flag(message: &DynamicMessage, field: &str) -> bool {
    message
        .get_field_by_name(field)
        .and_then(|value| value.as_bool())
        .unwrap_or(false)
}

fn number(message: &DynamicMessage, field: &str) -> i64 {
    match message.get_field_by_name(field).as_deref() {
        Some(Value::I64(value)) => *value,
        Some(Value::I32(value) | Value::EnumNumber(value)) => i64::from(*value),
        Some(Value::U32(value)) => i64::from(*value),
        _ => 0,
    }
}
