/** Fields of `data` that every event has, whatever it is about: they describe the event and not the run. */
export const COMMON_FIELDS: readonly string[] = [
  'timestamp',
  'type',
  'source_fingerprint',
  'source_type',
  'fingerprint_metadata',
  'event_id',
  'parent_event_id',
  'previous_event_id',
  'triggered_by_event_id',
  'started_event_id',
  'emission_sequence',
];
