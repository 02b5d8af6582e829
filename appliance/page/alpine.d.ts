/** What a component's methods find on `this` beside their own. */
interface AlpineMagics {
  readonly $el: HTMLElement;
  readonly $refs: Readonly<Record<string, HTMLElement>>;
  $nextTick(run?: () => void): Promise<void>;
  $watch<T>(property: string, run: (value: T) => void): void;
}

/** The part of Alpine's CSP build that the page uses; the package has no types of its own. */
declare module '@alpinejs/csp' {
  interface Alpine {
    start(): void;
    data<T extends object>(name: string, component: () => T & ThisType<T & AlpineMagics>): void;
    reactive<T extends object>(value: T): T;
    raw<T extends object>(value: T): T;
    effect(run: () => void): object;
    release(effect: object): void;
    nextTick(run?: () => void): Promise<void>;
    addScopeToNode(element: Element, scope: object): () => void;
    initTree(element: Element): void;
    destroyTree(element: Element): void;
    mutateDom<T>(run: () => T): T;
  }
  const alpine: Alpine;
  export default alpine;
}
