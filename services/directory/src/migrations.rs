use ::store::{Migration, follow, migration, outbox, replay};

/// The steps of the database, in order. One that was applied anywhere is never edited.
pub const MIGRATIONS: &[Migration] = &[
    outbox::MIGRATION,
    replay::MIGRATION,
    migration!("../migrations", "0001_create_accounts"),
    migration!("../migrations", "0002_create_resources"),
    migration!("../migrations", "0003_create_extensions"),
    migration!("../migrations", "0004_create_numbers"),
    migration!("../migrations", "0005_create_ring_groups"),
    migration!("../migrations", "0006_create_queues"),
    migration!("../migrations", "0007_create_menus"),
    migration!("../migrations", "0008_create_schedules"),
    migration!("../migrations", "0009_guard_tenants"),
    migration!("../migrations", "0010_create_splits"),
    follow::MIGRATION,
    migration!("../migrations", "0011_create_absences"),
];
