//! Pages over rows that change while somebody reads.

use store::page::{Page, Sizes};
use store::{ConnectionTrait, Store};
use testkit::Database;

use crate::rows::{self, sql};

const SIZES: Sizes = Sizes {
    default: 2,
    max: 10,
};

async fn list(store: &Store, token: &str) -> (Vec<i64>, String) {
    let page: Page<i64> = Page::read(0, token, SIZES, &[b"ListThings"]).unwrap();
    let after = page.after().copied().unwrap_or_default();
    let limit = i64::try_from(page.fetch()).unwrap();
    let query = "SELECT id FROM things WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = store
        .query_all_raw(sql(query, [after.into(), limit.into()]))
        .await
        .unwrap();
    let ids = rows
        .iter()
        .map(|row| row.try_get("", "id").unwrap())
        .collect();
    page.cut(ids, |id| *id)
}

#[tokio::test]
async fn a_deleted_row_neither_repeats_nor_hides_another() {
    let database = Database::migrated("store", &[rows::MIGRATION]).await;
    let store = database.store().await;
    let fill = "INSERT INTO things (id, name) SELECT n, n::text FROM generate_series(1, 5) n";
    store.execute_unprepared(fill).await.unwrap();

    let (first, token) = list(&store, "").await;
    store
        .execute_unprepared("DELETE FROM things WHERE id = 2")
        .await
        .unwrap();
    let (second, token) = list(&store, &token).await;
    let (third, end) = list(&store, &token).await;

    assert_eq!((first, second, third), (vec![1, 2], vec![3, 4], vec![5]));
    assert_eq!(end, "");
}
