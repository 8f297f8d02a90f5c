/** What a code host is asked to do: GitHub and GitLab by their REST APIs. */
export interface Forge {
  /**
   * Writes a comment on the pull request that CI runs for: the one that has the marker is changed, else a new
   * one is made.
   */
  upsertComment(marker: string, body: string): Promise<Upserted>;
  /** Opens a pull request of a branch, or changes the open one. */
  upsertPullRequest(request: PullRequest): Promise<Upserted>;
}

export interface PullRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

export interface Upserted {
  readonly url: string;
  readonly isNew: boolean;
}
