//! Starting, stopping, and starting again after the worst.

use sandbox::{Options, Sandbox, SandboxError};

use crate::machine::{Folder, listens, postgres_answers, redis};

fn kept(folder: &Folder) -> Options {
    Options {
        progress: |_| {},
        ..Options::kept(folder.path())
    }
}

#[test]
fn a_scratch_sandbox_answers_and_leaves_nothing_behind() {
    let sandbox = Sandbox::start(&Options::scratch()).unwrap();
    let (database, cache) = (sandbox.database_url("postgres"), sandbox.redis_url());
    let directory = sandbox.directory().to_owned();
    assert!(postgres_answers(&database));
    assert!(redis(&cache, "PING").contains("+PONG"));

    sandbox.stop().unwrap();

    assert!(!listens(&database) && !listens(&cache));
    assert!(!directory.exists());
}

#[test]
fn redis_wants_the_password_and_keeps_everything_in_memory() {
    let sandbox = Sandbox::start(&Options::scratch()).unwrap();
    let wrong = sandbox.redis_url().replacen("//:", "//:not", 1);
    assert!(redis(&wrong, "PING").contains("WRONGPASS"));
    let policy = redis(&sandbox.redis_url(), "CONFIG GET maxmemory-policy");
    assert!(policy.contains("noeviction"), "{policy}");
}

#[test]
fn a_kept_sandbox_finds_its_data_again() {
    let folder = Folder::new();
    let first = Sandbox::start(&kept(&folder)).unwrap();
    redis(&first.redis_url(), "SET greeting hello");
    first.stop().unwrap();

    let second = Sandbox::start(&kept(&folder)).unwrap();
    assert!(redis(&second.redis_url(), "GET greeting").contains("hello"));
    assert!(postgres_answers(&second.database_url("postgres")));
}

#[test]
fn a_directory_in_use_is_refused_in_one_line() {
    let folder = Folder::new();
    let _first = Sandbox::start(&kept(&folder)).unwrap();

    let refused = Sandbox::start(&kept(&folder)).unwrap_err();

    assert!(matches!(refused, SandboxError::Busy { .. }), "{refused}");
    assert_eq!(refused.to_string().lines().count(), 1);
}

#[test]
fn a_stale_pid_file_naming_a_living_stranger_is_no_obstacle() {
    let folder = Folder::new();
    Sandbox::start(&kept(&folder)).unwrap().stop().unwrap();
    // The number of a process that is certainly alive and certainly not Postgres.
    let stranger = std::process::id();
    for file in ["postgres/postmaster.pid", "redis/redis.pid"] {
        std::fs::write(
            folder.path().join(file),
            format!("{stranger}\n/elsewhere\n"),
        )
        .unwrap();
    }

    let again = Sandbox::start(&kept(&folder)).unwrap();
    assert!(postgres_answers(&again.database_url("postgres")));
}

#[test]
fn data_of_another_major_version_is_left_alone() {
    let folder = Folder::new();
    let data = folder.path().join("postgres");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("PG_VERSION"), "9\n").unwrap();

    let refused = Sandbox::start(&kept(&folder)).unwrap_err();

    assert!(
        matches!(refused, SandboxError::OtherVersion { .. }),
        "{refused}"
    );
    assert!(data.join("PG_VERSION").exists());
}
