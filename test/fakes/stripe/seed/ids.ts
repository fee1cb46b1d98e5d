/** ids of the small shop; the same on every start */
export const SHOP = {
  mara: 'cus_Mara0000000001',
  omar: 'cus_Omar0000000002',
  /** 100.00 USD of Mara's, nothing refunded */
  hundred: 'ch_Hundred00000001',
  hundredIntent: 'pi_Hundred00000001',
  /** Mara's: 50.00 USD, 30.00 refunded */
  partly: 'ch_Partly000000002',
  /** Omar's: 40.00 EUR */
  euro: 'ch_Euro0000000003',
  /** Mara's: 5000 JPY */
  yen: 'ch_Yen00000000004',
  /** Mara's: 80.00 USD, 400 days old */
  old: 'ch_Old00000000005',
  /** a cafe whose things are paid by invoice, and which an agent may see */
  cafe: 'cus_Cafe0000000003',
  /** the shop owner's private customer, whom an agent may not see */
  family: 'cus_Family000000004',
  /** the cafe's: 60.00 USD, disputed */
  disputed: 'ch_Disputed00000006',
  dispute: 'du_Disputed00000006',
  /** the cafe's: 45.00 USD, held and not captured */
  held: 'ch_Held0000000007',
  heldIntent: 'pi_Held0000000007',
  /** the cafe's: 30.00 USD, asked for and not paid */
  openIntent: 'pi_Open0000000008',
  /** the cafe's: 120.00 USD, paid an invoice */
  invoiced: 'ch_Invoiced00000009',
  /** the family's: 15.00 USD */
  private: 'ch_Private0000010',
  /** the cafe's: 25.00 USD, of which 5.00 are on their way back */
  returning: 'ch_Returning000011',
  /** 5.00 USD of `returning`, not yet with the customer */
  pendingRefund: 're_Pending00000001',
  /** 30.00 USD of `partly` */
  doneRefund: 're_Done000000000002',
  /** the cafe's: 120.00 USD in two lines, paid by `invoiced` */
  paidInvoice: 'in_Paid0000000001',
  paidLine: 'il_Paid0000000001',
  /** the cafe's: 80.00 USD */
  openInvoice: 'in_Open0000000002',
  draftInvoice: 'in_Draft000000003',
  /** the family's */
  privateInvoice: 'in_Private00000004',
  /** the cafe's: 2 monthly boxes of green tea */
  subscription: 'sub_Cafe0000000001',
  subscriptionItem: 'si_Cafe0000000001',
  privateSubscription: 'sub_Family000000002',
  /** Mara's, ended */
  endedSubscription: 'sub_Ended000000003',
  schedule: 'sub_sched_Cafe00000001',
  green: 'prod_Green00000001',
  oolong: 'prod_Oolong0000002',
  retired: 'prod_Retired000003',
  /** 20.00 USD a month */
  greenMonthly: 'price_Green0000001',
  /** 35.00 USD a month */
  oolongMonthly: 'price_Oolong000002',
  retiredPrice: 'price_Retired00003',
  creditNote: 'cn_Paid0000000001',
  /** the cafe's credit of 10.00 USD */
  customerCredit: 'cbtxn_Cafe0000000001',
  transfer: 'tr_Grower00000001',
  /** what `hundred` brought */
  movement: 'txn_Hundred0000001',
  /** the shop's own account */
  account: 'acct_Shop00000000001',
  /** the tea grower, who is paid by transfers */
  grower: 'acct_Grower00000002',
  /** connected too, and nobody whom the shop means to pay */
  stranger: 'acct_Stranger000003',
} as const
