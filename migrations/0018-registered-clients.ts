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
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('registered_clients').execute()
}
