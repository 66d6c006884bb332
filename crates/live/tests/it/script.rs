use live::{LiveError, Script, prelude};

use crate::setup;

#[tokio::test]
async fn a_script_is_loaded_on_first_use_and_after_a_flush() {
    let live = setup::live();
    let body = format!(
        "#!lua\n-- {}\nreturn {{ KEYS[1], ARGV[1], ARGV[2] }}",
        live.keys().key(setup::partition(), "")
    );
    let script = Script::new("test.echo", &body);
    let key = live.keys().key(setup::partition(), "test:echo");
    for _ in 0..3 {
        let answer: Vec<String> = live
            .script(&script)
            .key(&key)
            .arg("a")
            .arg(7)
            .run()
            .await
            .unwrap();
        assert_eq!(answer, [key.as_str(), "a", "7"]);
        let _: () = live.command("SCRIPT").arg("FLUSH").run().await.unwrap();
    }
}

#[tokio::test]
async fn errors_are_sorted() {
    let live = setup::live();
    let key = live.keys().key(setup::partition(), "test:key");
    let run = async |source: &str| {
        let script = Script::with_prelude("test.error", &[prelude::CORE], source);
        live.script(&script).key(&key).run::<i64>().await
    };
    assert_eq!(run("#!lua\nreturn 7").await.unwrap(), 7);

    let refused = run("#!lua\nreturn refuse('USER_BUSY', 'has a call')")
        .await
        .unwrap_err();
    assert_eq!(refused.refusal(), Some("USER_BUSY"));
    assert!(matches!(&refused, LiveError::Refused { text, .. } if text == "has a call"));

    for defect in [
        "#!lua\nreturn 'no number'",
        "#!lua\nreturn nothing.here",
        "#!lua\nthis is not lua",
        "#!lua\nredis.call('SET', KEYS[1], 'x') return redis.call('HLEN', KEYS[1])",
        "#!lua\nreturn redis.call('NO_SUCH_COMMAND')",
    ] {
        let error = run(defect).await.unwrap_err();
        assert!(
            matches!(error, LiveError::Defect { .. }),
            "{defect}: {error:?}"
        );
        assert!(!error.is_temporary());
    }
}

#[tokio::test]
async fn the_history_of_the_server_has_a_name() {
    let live = setup::live();
    let script = Script::with_prelude(
        "test.history",
        &[prelude::CORE],
        "#!lua\nreturn replication_id()",
    );
    let id: String = live.script(&script).run().await.unwrap();
    assert_eq!(id.len(), 40, "{id}");
}
