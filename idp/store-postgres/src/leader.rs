//! Which instance leads: the one whose connection holds a lock of the database. The server lets go of it with the connection, however that
//! ends, and the next one that asks has it.

use sqlx::postgres::PgConnection;
use tokio::sync::Mutex;

use crate::connect::{Connector, Purpose, limited};

/// One lock for all that one instance does for the others: what these duties need is the same, and one connection is enough.
const TAKE: &str = "SELECT pg_try_advisory_lock(1929216, 2)";

/// A place at the lock.
struct Seat {
    connection: PgConnection,
    is_taken: bool,
}

/// Asks for the lead, and keeps it.
pub(crate) struct Leader {
    connector: Connector,
    seat: Mutex<Option<Seat>>,
}

impl Leader {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            seat: Mutex::default(),
        }
    }

    /// Whether the lead is ours, just now.
    pub(crate) async fn leads(&self) -> Result<bool, sqlx::Error> {
        let mut place = self.seat.lock().await;
        // Taken out: whoever is interrupted here gives the lead up.
        let seat = match place.take() {
            Some(seat) => self.confirm(seat).await,
            None => Err(sqlx::Error::WorkerCrashed),
        };
        let seat = match seat {
            Ok(seat) => seat,
            Err(_lost) => self.sit().await?,
        };
        let is_taken = seat.is_taken;
        *place = Some(seat);
        Ok(is_taken)
    }

    async fn sit(&self) -> Result<Seat, sqlx::Error> {
        let connection = self.connector.connect(Purpose::Read).await?;
        let seat = Seat {
            connection,
            is_taken: false,
        };
        self.confirm(seat).await
    }

    async fn confirm(&self, mut seat: Seat) -> Result<Seat, sqlx::Error> {
        limited(self.connector.patience(), async {
            if seat.is_taken {
                sqlx::query("SELECT 1").execute(&mut seat.connection).await?;
            } else {
                let taken = sqlx::query_scalar(TAKE).fetch_one(&mut seat.connection);
                seat.is_taken = taken.await?;
            }
            Ok(seat)
        })
        .await
    }
}
