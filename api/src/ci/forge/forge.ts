/** What a code host is asked to do: GitHub and GitLab by their REST APIs. */
export interface Forge {
  /**
   * Writes a comment on the pull request that CI runs for: the one that begins with the marker is changed, else
   * a new one is made.
   */
  upsertComment(marker: string, body: string): Promise<Upserted>;
  /** Opens a pull request of a branch, or changes the open one. */
  upsertPullRequest(request: PullRequest): Promise<Upserted>;
  /** Open pull requests into a base, of branches of this repository: a fork’s are somebody else’s. */
  openPullRequests(base: string): AsyncIterable<OpenPullRequest>;
  /** Says why in a comment that begins with the marker, once, and closes a pull request. */
  closePullRequest(number: number, marker: string, comment: string): Promise<void>;
}

export interface PullRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

export interface OpenPullRequest {
  /** By which people name it: `#7`, `!7`. */
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  readonly body: string;
}

export interface Upserted {
  readonly url: string;
  readonly isNew: boolean;
}
