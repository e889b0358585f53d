"""Any sequence of calls: no block lost, none shared wrongly, and every table reads what was written.

Beside the manager stands a memory of what each place of each block holds: of every token, all tokens
up to it, for that is what its key and value depend on.
"""
from attngen.paged.audit import audit
from attngen.paged.manager import UnknownSequence
from attngen.paged.pool import OutOfBlocks
from attngen.paged.preemption import PreemptingManager
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

TOKEN = st.integers(0, 1)               # two tokens: many sequences begin alike
PROMPT = st.lists(TOKEN, min_size=1, max_size=9)


class Serving(RuleBasedStateMachine):
    names = Bundle("names")
    dropped = Bundle("dropped")

    @initialize(blocks=st.integers(1, 12), host=st.integers(1, 8), size=st.integers(1, 4), share=st.booleans())
    def begin(self, blocks, host, size, share):
        self.manager = PreemptingManager(blocks, size, share, host)
        self.size, self.next = size, 0
        self.device = [[None] * size for _ in range(blocks)]
        self.host = [[None] * size for _ in range(host)]
        self.here, self.away = {}, {}   # name -> tokens, as they should be
        self.group = {}

    def fresh(self):
        self.next += 1
        return self.next

    def write(self, name, first):
        tokens = self.here[name]
        for place in range(first, len(tokens)):
            block, offset = self.manager.slot(name, place)
            self.device[block][offset] = tuple(tokens[: place + 1])

    @rule(target=names, tokens=PROMPT)
    def allocate(self, tokens):
        name = self.fresh()
        try:
            known = self.manager.allocate(name, tokens)
        except OutOfBlocks as error:
            assert error.needed > error.free == self.manager.free_blocks
            return name
        assert known % self.size == 0 and known < len(tokens)
        self.here[name], self.group[name] = list(tokens), name
        self.write(name, known)
        return name

    @rule(name=names, token=TOKEN)
    def append(self, name, token):
        try:
            copy = self.manager.append(name, token)
        except UnknownSequence:
            assert name not in self.here
        except OutOfBlocks:
            assert self.manager.free_blocks == 0
        else:
            if copy is not None:
                self.device[copy.target] = self.device[copy.source][:]
            self.here[name].append(token)
            self.write(name, len(self.here[name]) - 1)

    @rule(target=names, parent=names)
    def fork(self, parent):
        child, before = self.fresh(), self.manager.used_blocks
        try:
            self.manager.fork(parent, child)
        except UnknownSequence:
            assert parent not in self.here
        else:
            self.here[child], self.group[child] = self.here[parent][:], self.group[parent]
            assert self.manager.used_blocks == before
        return child

    @rule(name=consumes(names))
    def free(self, name):
        try:
            self.manager.free(name)
        except UnknownSequence:
            assert name not in self.here
        else:
            del self.here[name]

    @rule(name=names)
    def swap_out(self, name):
        group = self.group.get(name)
        try:
            copies = self.manager.swap_out(group)
        except UnknownSequence:
            assert group not in [self.group[n] for n in self.here]
        except OutOfBlocks as error:
            assert error.needed > error.free == len(self.manager.host.free)
        except ValueError:
            assert group in self.away   # forked while a part was away: cannot be, but for a name used again
        else:
            for source, target in copies:
                self.host[target] = self.device[source][:]
            going = [n for n in self.here if self.group[n] == group]
            self.away[group] = {n: self.here.pop(n) for n in going}

    @rule(name=names)
    def swap_in(self, name):
        group = self.group.get(name)
        try:
            copies = self.manager.swap_in(group)
        except UnknownSequence:
            assert group not in self.away
        except OutOfBlocks as error:
            assert error.needed > error.free == self.manager.free_blocks
        else:
            for source, target in copies:
                self.device[target] = self.host[source][:]
            self.here |= self.away.pop(group)

    @rule(target=dropped, name=names)
    def drop(self, name):
        group = self.group.get(name)
        try:
            tokens = self.manager.drop(group)
        except UnknownSequence:
            assert group not in [self.group[n] for n in self.here]
            return None
        assert tokens == {n: self.here.pop(n) for n in list(self.here) if self.group[n] == group}
        return group, tokens

    @rule(again=consumes(dropped))
    def recompute(self, again):
        if again is None:
            return
        group, tokens = again
        try:
            known = self.manager.recompute(group, tokens)
        except OutOfBlocks as error:
            assert error.needed > error.free
        else:
            for name, own in tokens.items():
                self.here[name] = list(own)
                self.write(name, known[name])

    @invariant()
    def the_books_are_right(self):
        assert audit(self.manager) == []
        assert self.manager.free_blocks + self.manager.used_blocks == len(self.device)

    @invariant()
    def every_sequence_reads_what_it_wrote(self):
        manager = self.manager
        assert set(manager.sequences) == set(self.here)
        for name, tokens in self.here.items():
            held = [self.device[b][o] for b, o in (manager.slot(name, p) for p in range(len(tokens)))]
            assert held == [tuple(tokens[: place + 1]) for place in range(len(tokens))]

    @invariant()
    def what_can_be_found_holds_what_it_says(self):
        manager = self.manager
        for name, block in manager.pool.found.items():
            content = self.device[block]
            assert None not in content and manager._hashes(content[-1])[-1] == name

    @invariant()
    def the_host_keeps_what_was_swapped(self):
        for group, kept in self.away.items():
            for name, own in self.manager.swapped[group].sequences.items():
                held = [self.host[own.table[p // self.size]][p % self.size] for p in range(len(own.tokens))]
                assert held == [tuple(kept[name][: place + 1]) for place in range(len(kept[name]))]


Serving.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestServing = Serving.TestCase
