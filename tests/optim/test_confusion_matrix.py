"""Counts, rates and text of optim.ConfusionMatrix."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import optim
from th7shell.lua import LuaError, items, new_table, tostring
from th7shell.torch.tensor import wrap


@pytest.fixture
def confusion():
    matrix = optim.ConfusionMatrix(new_table(["cat", "dog", "cow"]))
    matrix.batchAdd(wrap(np.array([1.0, 2, 2, 3, 1])), wrap(np.array([1.0, 2, 1, 3, 3])))
    return matrix


def test_counts_targets_in_rows(confusion):
    np.testing.assert_array_equal(confusion.mat.nd, [[1, 1, 0], [0, 1, 0], [1, 0, 1]])


def test_rates(confusion):
    confusion.updateValids()
    np.testing.assert_allclose(confusion.valids.nd, [0.5, 1, 0.5])
    assert confusion.totalValid == pytest.approx(3 / 5)
    assert confusion.averageValid == pytest.approx(2 / 3)
    np.testing.assert_allclose(confusion.unionvalids.nd, [1 / 3, 1 / 2, 1 / 2])


def test_text(confusion):
    lines = tostring(confusion).split("\n")
    assert lines[0] == "ConfusionMatrix:"
    assert lines[1] == "[[       1       1       0]   50.000% \t[class: cat]"
    assert lines[3] == " [       1       0       1]]  50.000% \t[class: cow]"
    assert lines[-1] == " + global correct: 60%"


def test_scores_count_by_their_maximum():
    by_class, by_score = optim.ConfusionMatrix(3), optim.ConfusionMatrix(3)
    scores = np.array([[0.1, 0.7, 0.2], [0.9, 0.0, 0.1]])
    by_score.batchAdd(wrap(scores), wrap(np.array([2.0, 3.0])))
    by_class.add(2, 2)
    by_class.add(wrap(scores[1]), 3)
    np.testing.assert_array_equal(by_score.mat.nd, by_class.mat.nd)
    by_score.zero()
    assert by_score.mat.nd.sum() == 0


def test_unlabelled_samples_do_not_count():
    matrix = optim.ConfusionMatrix(2)
    matrix.batchAdd(wrap(np.array([1.0, 2])), wrap(np.array([0.0, 2])))
    assert matrix.mat.nd.sum() == 1


def test_false_rates(confusion):
    class_frr, class_far, frr, far = confusion.farFrr()
    np.testing.assert_allclose(class_frr.nd, [0.5, 0, 0.5])
    np.testing.assert_allclose(class_far.nd, [0.25, 0.25, 0])
    assert frr.nd.shape == far.nd.shape == (3,)


@pytest.mark.parametrize(
    ("predictions", "targets", "words"),
    [
        (np.array([1.0]), np.array([4.0]), "outside the 3 classes"),
        (np.array([1.0, 2]), np.array([1.0]), "2 predictions for 1 targets"),
        (np.zeros((1, 1, 1)), np.array([1.0]), "invalid number of dimensions"),
    ],
)
def test_bad_batches_change_nothing(confusion, predictions, targets, words):
    before = confusion.mat.nd.copy()
    with pytest.raises(LuaError, match=words):
        confusion.batchAdd(wrap(predictions), wrap(targets))
    np.testing.assert_array_equal(confusion.mat.nd, before)


def test_picture_is_sorted_by_score(confusion):
    picture = confusion.render("score", False, 4)
    assert picture.nd.shape == (12, 12)
    assert picture.nd[0, 0] == 1
    with pytest.raises(LuaError, match="sort mode must be one of"):
        confusion.render("size")


def test_work_fields_are_the_originals():
    confusion = optim.ConfusionMatrix(3)
    assert {key for key, _ in items(confusion)} == {
        *("mat", "valids", "unionvalids", "nclasses", "totalValid", "averageValid", "classes"),
        *("_mat_flat", "_target", "_prediction", "_max", "_pred_idx", "_targ_idx"),
    }
    confusion._mat_flat.nd[...] = 1  # the memory of mat
    assert confusion.mat.nd.sum() == 9
    confusion.batchAdd(wrap(np.eye(3)), wrap(np.array([1.0, 2, 3])))
    assert tostring(confusion._pred_idx.type()) == "torch.LongTensor"
    np.testing.assert_array_equal(confusion._pred_idx.nd.ravel(), [1, 2, 3])
    np.testing.assert_array_equal(confusion._target.nd, [1, 2, 3])
    assert confusion._prediction.nd.dtype == np.float32


def test_a_file_from_before_the_work_fields_counts_on():
    old = optim.ConfusionMatrix(2)
    for key in ("_mat_flat", "_target", "_prediction", "_max", "_pred_idx", "_targ_idx"):
        old[key] = None
    old.batchAdd(wrap(np.array([[0.1, 0.9]])), wrap(np.array([2.0])))
    old.add(1, 2)
    np.testing.assert_array_equal(old.mat.nd, [[0, 0], [1, 1]])


@pytest.mark.parametrize(
    "bad", [(None, None), (1, None), (None, 1), ("a", 1), (wrap(np.eye(2)), 1)]
)
def test_what_is_no_sample_is_refused(bad):
    confusion = optim.ConfusionMatrix(2)
    with pytest.raises(LuaError):
        confusion.add(*bad)
    assert confusion.mat.nd.sum() == 0
