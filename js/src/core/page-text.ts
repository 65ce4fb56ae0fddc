/**
 * Table of every text of the page: names, titles, labels and sentences, by the part of the page that shows them.
 *
 * A translation is another version of this file, which the compiler checks against its uses. The names of
 * buttons and boxes are also how screen readers and tests find them.
 */

import type { ReplyAction } from "./reply-actions.ts";

/** Language of the texts, by which numbers are written too. */
export const LANGUAGE = "en";

/** Return a count with its noun, in the singular or in the plural. */
function counted(count: number | string, noun: string): string {
  return `${count} ${noun}${String(count) === "1" ? "" : "s"}`;
}

export const UNIT_TEXT = {
  seconds: (count: number | string) => `${count} s`,
  minutes: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
  bytes: (count: number) => counted(count, "byte"),
  kilobytes: (count: number | string) => `${count} kB`,
  megabytes: (count: number | string) => `${count} MB`,
  pages: (count: number) => counted(count, "page"),
};

export const CHAT_TEXT = {
  chat: (question: string) => (question ? `Chat: ${question}` : "Chat"),
  conversation: "Conversation",
  speakers: { user: "You", assistant: "Claude", system: "System" },
  stop: "Stop",
  stopTitle: "Stop (Escape)",
  latest: "Jump to latest",
  showAll: "Show all",
  showAllChars: (count: string) => `Show all (${count} characters)`,
  showLess: "Show less",
  /** For one of several boxes that are cut off. */
  showAllOf: (name: string) => `Show all: ${name}`,
  showLessOf: (name: string) => `Show less: ${name}`,
};

/** The page without a notebook. The build writes these texts into `page.html`. */
export const PAGE_TEXT = {
  language: LANGUAGE,
  title: "nbstream",
  newChat: "New chat",
  needsJavaScript: "This page needs JavaScript.",
};

export const STATUS_TEXT = {
  replies: {
    idle: "Ready",
    waiting: "Waiting for Claude…",
    streaming: "Answering…",
    done: "Done",
    stopped: "Stopped",
    failed: "Failed",
  },
  actions: {
    retry: "Asking again…",
    continue: "Continuing…",
    regenerate: "Asking again…",
    summarize: "Asking for a summary…",
  },
  stopping: "Stopping…",
  approval: "Waiting for your answer…",
  tools: "Running tools…",
  /** The seconds follow. */
  retrying: "Claude asks to wait; asking again in",
  silent: "nothing from Claude for",
  move: "Continue here",
  moveTitle: "Continue the conversation in the kernel or server that runs now",
  moving: "Continuing here…",
};

export const LINK_TEXT = {
  away: "No connection; trying again…",
  /** The reasons why the far side is lost, in words that go on a sentence. */
  losses: {
    kernel_restarted: "the kernel was restarted",
    kernel_ended: "the kernel has ended",
    server_forgot: "the server no longer has this chat",
  },
  cut: "The connection to the server is lost.",
  retrying: (cause: string) => `${cause} Trying again…`,
  forgotten: "The server no longer has this chat.",
};

/** Why a conversation cannot be continued in another kernel or server. */
export const MOVE_TEXT = {
  noKernel: "No kernel is running. Start one and press the button again.",
  tooLong: "The conversation is too long to be moved. Start a new one with nbstream.chat(…).",
  notStarted: "The kernel has not started. Press the button again once it runs.",
  restarted: "The kernel was restarted in the meantime. Press the button again.",
  notInstalled: "This kernel does not have this version of nbstream. Install it and press the button again.",
  notLoaded: (name: string, message: string) => `nbstream could not be loaded: ${name}: ${message}`,
  notTaken: "The kernel did not accept the conversation. Press the button again.",
  noServer: "The server cannot be reached. Press the button again once it runs.",
  noCode: "A part of the page's code could not be loaded. Reload the page and run the cell again.",
};

/** Figures of a reply: each in short for the line, and in full for its title. */
export const FIGURE_TEXT = {
  about: (figure: string) => `about ${figure}`,
  tokens: (count: string) => counted(count, "token"),
  tokensTitle: (count: string) => `${counted(count, "token")} so far, estimated from the length of the text`,
  speed: (count: number) => `${counted(count, "token")}/s`,
  speedTitle: (count: number) => `${counted(count, "token")} a second while Claude wrote`,
  secondsSoFar: (seconds: string) => `${seconds} so far`,
  secondsInAll: (seconds: string) => `${seconds} from question to end`,
  context: (percent: number) => `context ${percent} % full`,
  contextTitle: (percent: number) => `The conversation fills ${percent} % of the model's context window`,
  cost: (price: string) => `${price}, estimated from the list prices`,
  input: (count: string) => `${count} in`,
  inputTitle: (count: string) => `${counted(count, "token")} sent to Claude`,
  cacheWritten: (count: string) => `, ${count} of them kept in the cache`,
  output: (count: string) => `${count} out`,
  outputTitle: (count: string) => `${counted(count, "token")} written by Claude`,
  cached: (count: string) => `${count} cached`,
  cachedTitle: (count: string) => `${counted(count, "token")} read from the cache`,
  first: (seconds: string) => `first after ${seconds}`,
  firstTitle: (seconds: string) => `Claude began to write after ${seconds}`,
};

export const COMPOSER_TEXT = {
  box: "Message",
  placeholder: (model: string) => `Message ${model}`,
  send: "Send",
  sendTitle: "Send (Enter)",
  sendLaterTitle: "Send when the answer has ended",
  model: "Model",
  modelTitle: "The model that answers next",
  suggestions: "Suggestions",
  variables: "Variables",
  moreVariables: (count: string) => `${count} more; type a part of the name`,
  queue: "Waiting messages",
  queued: "Waiting",
  sending: "Sending…",
  sendNow: "Send now",
  takeBack: "Take back",
};

/** The message box for all chats of a comparison. */
export const COMPARISON_TEXT = {
  all: "All models",
  box: "Message to all models",
  stop: "Stop all",
  stopTitle: "Stop all answers (Escape)",
};

const ACCEPTED_FILES = "Claude accepts PNG, JPEG, GIF and WebP images, PDFs and text files.";

export const FILE_TEXT = {
  attach: "Attach",
  attachTitle: "Attach images, PDFs or text files; you can also paste or drop them",
  attached: "Attached files",
  remove: (name: string) => `Remove ${name}`,
  attachAgain: (name: string) => `Attach ${name} again.`,
  svg: (name: string) => `${name} is an SVG image, which can hold scripts. ${ACCEPTED_FILES}`,
  imageType: (name: string, type: string) => `${name} is ${type}. ${ACCEPTED_FILES}`,
  unknownType: (name: string) => `${name} is not an image, a PDF or text. ${ACCEPTED_FILES}`,
  unreadable: (name: string) => `${name} cannot be read.`,
  unreadableImage: (name: string, type: string) => `${name} cannot be read as ${type}.`,
  tooLarge: (name: string, size: string, limit: string) =>
    `${name} is ${size}; the files of a message may have ${limit} together. ` +
    `Send a larger file from a cell: chat.ask([Path(${JSON.stringify(name)}), "…"])`,
};

/** A turn: its actions, its versions, its end. */
export const TURN_TEXT = {
  actions: {
    continue: ["Continue", "Continue the answer from its end"],
    retry: ["Retry", "Ask again"],
    regenerate: ["Regenerate", "Ask for another answer and keep this one"],
    summarize: [
      "New chat with a summary",
      "Claude summarizes the conversation, and a new one begins with that",
    ],
  } as Readonly<Record<ReplyAction, readonly [name: string, title: string]>>,
  empty: "Claude sent nothing.",
  retryHint: " Retry sends it again.",
  continueHint: " Continue goes on from here.",
  summarizeHint: " A new chat can begin with a summary of it.",
  wait: (duration: string) => `Claude asks to wait ${duration}`,
  waitOver: "You can retry now",
  edit: "Edit",
  editTitle: "Change this message and continue from here",
  editedText: "Edited text",
  editedFiles: "Sent with the edited text",
  cancel: "Cancel",
  versions: "Versions",
  steps: { previous: "Previous version", next: "Next version" },
};

export const COPY_TEXT = {
  copy: "Copy",
  copied: "Copied",
  notCopied: "Not copied",
  answer: ["Copy answer", "Copy the answer as Markdown"],
  code: ["Copy code", "Copy the code"],
  json: ["Copy JSON", "Copy the answer as JSON"],
  csv: ["Copy CSV", "Copy the answer as comma-separated values"],
  markdown: ["Copy Markdown", "Copy the answer as Markdown"],
  showJson: ["Show JSON", "Show the answer as JSON"],
} as const;

/** Contents of an answer. */
export const BLOCK_TEXT = {
  media: { image: "Image", document: "Document" },
  thinking: "Thinking…",
  thinkingName: "Thinking",
  thought: (seconds: number | string) => `Thought for ${seconds} s`,
  encrypted: "Some of the thinking is encrypted.",
  unknown: "Unknown content",
  content: "Content",
  sources: "Sources",
  untitledSource: "A source without a title",
  page: (number: number) => `page ${number}`,
  table: "Table",
  tableRows: (count: number) => `Table, ${counted(count, "row")}`,
  task: "Task",
  formula: "Formula",
  formulaOf: (tex: string) => `Formula: ${tex}`,
  footnotes: "Footnotes",
  footnoteBack: "Back to the text",
  loadImage: "Load image",
  imageInAnswer: "in the answer",
  imageNotLoaded: (origin: string) => `(could not be loaded from ${origin})`,
};

export const CODE_TEXT = {
  code: (language: string) => (language ? `Code in ${language}` : "Code"),
  lines: (code: string, count: number) => `${code}, ${counted(count, "line")}`,
  wrap: "Wrap",
  wrapTitle: "Wrap long lines",
  insert: "Insert",
  insertTitle: "Insert the code into a new cell below",
  showDiagram: "Show diagram",
  hideDiagram: "Hide diagram",
  diagramNamesAddress: "This diagram is not drawn, because drawing it would load an address that it names.",
  diagramBroken: "This diagram cannot be drawn.",
};

export const TOOL_TEXT = {
  states: {
    coming: "Preparing…",
    asking: "Asks to run",
    queued: "Waiting for the kernel",
    running: "Running…",
    done: "Done",
    failed: "Failed",
    refused: "You refused this",
    stopped: "Stopped",
    known: "",
  },
  run: "Run",
  alwaysRun: "Always in this chat",
  alwaysRunTitle: "Run this and every further call of this tool in this chat, without asking",
  refuse: "Refuse",
  unnamed: "A tool",
  nameAt: (name: string, server: string) => `${name} at ${server}`,
  arguments: "Arguments",
  result: "Result",
  error: "Error",
  errorIs: (error: string) => `Error: ${error}`,
  output: "Output",
  errors: "Errors",
  exitCode: (code: number) => `Exit code ${code}`,
  imageOf: (number: number, tool: string) => `Image ${number} of ${tool}`,
  brokenImage: "An image that cannot be shown",
  file: (name: string) => `File ${name}`,
  failed: "It failed",
  noOutput: "No output",
  /** What came of a call, in its line. */
  sources: (count: number) => counted(count, "source"),
  images: (count: number) => counted(count, "image"),
};

/** A run over many rows. */
export const BATCH_TEXT = {
  statuses: { running: "", done: "Done", stopped: "Stopped", failed: "Failed, as no row could be asked" },
  reasons: { budget: "Stopped at the budget", interrupt: "Interrupted" } as Readonly<Record<string, string>>,
  rowStatuses: {
    waiting: "Waiting",
    running: "Running…",
    done: "Done",
    failed: "Failed",
    stopped: "Stopped",
  },
  rowFailed: (error: string) => `Failed: ${error}`,
  askingAgain: "Asking again…",
  retry: "Retry",
  retryRow: (row: string) => `Retry row ${row}`,
  retryAll: "Retry all",
  continue: "Continue",
  failedOnly: "Failed only",
  noneFailed: "No row has failed.",
  cut: (count: string) => `The table shows ${count} rows; the frame has all of them.`,
  rows: "Rows",
  rowsOfRun: "Rows of the run",
  /** Headers of the columns. */
  row: "Row",
  state: "State",
  progress: (ended: string, total: string, isOne: boolean) =>
    `${ended} of ${total} ${isOne ? "row" : "rows"}`,
  progressFailed: (progress: string, failed: string) => `${progress}, ${failed} failed`,
  stopping: "Stopping…",
  slowed: "Claude asks to wait",
  goingOn: (duration: string) => `going on in ${duration}`,
  rate: (count: string) => `${counted(count, "row")} a minute`,
  left: (duration: string) => `${duration} left`,
  tokens: (sent: string, written: string) => `${counted(sent, "token")} sent to Claude, ${written} written`,
  tokensWithCost: (tokens: string) => `${tokens}; the cost is estimated from the list prices`,
  costSoFar: (cost: string) => `${cost} so far`,
  costInAll: (cost: string, expected: string) => `${cost} so far, about ${expected} in all`,
};
