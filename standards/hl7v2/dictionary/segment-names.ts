/** Names of segments that 2.9 does not have any more, or writes in another way than the standard's chapters. */
export const segmentNames: Readonly<Record<string, string>> = {
  EQL: 'Embedded Query Language',
  ERQ: 'Event Replay Query',
  FHS: 'File Header',
  ODS: 'Dietary Orders, Supplements, and Preferences',
  ODT: 'Diet Tray Instructions',
  OM1: 'General Segment',
  ORO: 'Order Other',
  PRD: 'Provider Data',
  QRD: 'Original-Style Query Definition',
  QRF: 'Original-Style Query Filter',
  RX1: 'Pharmacy Order',
  SPR: 'Stored Procedure Request Definition',
  UB2: 'Uniform Billing 2',
  URD: 'Results/Update Definition',
  URS: 'Unsolicited Selection',
  VTQ: 'Virtual Table Query Request',
}
