//! The Merkle tree of RFC 9162, section 2.1, grown one leaf at a time.
//!
//! Only the roots of its complete subtrees are kept, so a leaf costs a few hashes whatever the size.

use sha2::Digest as _;
use sha2::Sha256;

/// Before a leaf and before a node, so that neither can be taken for the other.
const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// A node's SHA-256.
pub(crate) type Node = [u8; 32];

/// A growing tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    size: u64,
    /// Roots of the complete subtrees from left to right; the set bits of `size` say how large each is.
    peaks: Vec<Node>,
}

impl Tree {
    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: &[u8]) {
        let mut root: Node = Sha256::new().chain_update(LEAF).chain_update(leaf).finalize().into();
        let mut size = self.size;
        while size & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                root = node(&left, &root);
            }
            size >>= 1;
        }
        self.peaks.push(root);
        self.size += 1;
    }

    /// Root over all leaves; of an empty tree the digest of nothing.
    pub(crate) fn root(&self) -> Node {
        let joined = self.peaks.iter().rev().copied().reduce(|right, left| node(&left, &right));
        joined.unwrap_or_else(|| Sha256::digest(b"").into())
    }
}

fn node(left: &Node, right: &Node) -> Node {
    Sha256::new().chain_update(NODE).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word by word: split at the largest power of two below the size.
    fn by_definition(leaves: &[Vec<u8>]) -> Node {
        match leaves {
            [] => Sha256::digest(b"").into(),
            [leaf] => Sha256::new().chain_update(LEAF).chain_update(leaf).finalize().into(),
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                node(&by_definition(&leaves[..split]), &by_definition(&leaves[split..]))
            }
        }
    }

    fn grown(leaves: &[Vec<u8>]) -> Tree {
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(leaf));
        tree
    }

    /// The eight leaves of the Certificate Transparency test data, with the roots published there.
    #[test]
    fn known_roots_come_out() {
        let leaves: Vec<Vec<u8>> = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .iter()
        .map(|leaf| hex::decode(leaf).unwrap())
        .collect();
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (count, root) in roots.iter().enumerate() {
            assert_eq!(hex::encode(grown(&leaves[..=count]).root()), *root, "{} leaves", count + 1);
        }
    }

    proptest! {
        #[test]
        fn growing_is_the_definition(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..70)) {
            let tree = grown(&leaves);
            prop_assert_eq!(tree.root(), by_definition(&leaves));
        }
    }
}
