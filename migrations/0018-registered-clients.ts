import { sql, type Kysely } from 'kysely'

/** which buyer registered a client in the developers' corner: the client itself is oidc-provider's own row */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('registered_clients')
    .addColumn('client_id', 'text', (column) => column.primaryKey())
    .addColumn('buyer_id', 'text', (column) =>
      column.notNull().references('buyers.id').onDelete('cascade'),
    )
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .execute()
  await db.schema
    .createIndex('registered_clients_buyer')
    .on('registered_clients')
    .column('buyer_id')
    .execute()
  // the live grants of one client, whoever gave them
  await sql`
    create index grants_of_client on grants (client_id, (coalesce(expires_at, 'infinity'::timestamptz)))
     where revoked_at is null
  `.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index grants_of_client`.execute(db)
  await db.schema.dropTable('registered_clients').execute()
}
