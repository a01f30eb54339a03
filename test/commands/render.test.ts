import { describe, expect, it } from 'vitest';
import { readRecording } from '../../src/commands/recording.ts';
import { assembleSpans, render } from '../../src/commands/render.ts';
import { loadSettings } from '../../src/config.ts';
import { recordingNames, recordingPath } from '../support/recordings.ts';

const GENERATION = '1.15.30';
const settings = loadSettings({ env: {} });

describe('the tree of a recorded run', () => {
  it.each(recordingNames(GENERATION))('%s', async name => {
    const { events } = readRecording(recordingPath(GENERATION, name));
    const tree = render(events, settings, { colour: false });
    await expect(tree).toMatchFileSnapshot(`../golden/trees/${name}.txt`);
  });

  it('says why each span stands where it stands', async () => {
    const { events } = readRecording(recordingPath(GENERATION, '12g_flow_user_threadpool'));
    const tree = render(events, settings, { colour: false, explain: true });
    await expect(tree).toMatchFileSnapshot('../golden/explained/12g_flow_user_threadpool.txt');
  });

  it('every span tells the conversation that the kickoff was given as an input', () => {
    const { events } = readRecording(recordingPath(GENERATION, '03_tool_failure'));
    const given = events.map(event =>
      event.type === 'crew_kickoff_started'
        ? { ...event, data: Object.assign({}, event.data, { inputs: { chat: 'chat-7' } }) }
        : event,
    );
    const spans = assembleSpans(given, loadSettings({ env: { CREWSPAN_CONVERSATION_INPUT: 'chat' } }));
    expect(spans.length).toBeGreaterThan(3);
    expect(new Set(spans.map(({ attributes }) => attributes['gen_ai.conversation.id']))).toEqual(new Set(['chat-7']));
  });

  it('paints failures red on a terminal', () => {
    const { events } = readRecording(recordingPath(GENERATION, '03_tool_failure'));
    expect(render(events, settings, { colour: true })).toContain('\u001b[31mexecute_tool boom\u001b[0m');
  });
});
