"""How a conversation runs: pure functions over pinned steps and answers, and the record that keeps them."""
