"""Reads XGBoost models from bytes: in XGBoost's own formats, or pickled, as AWS's images before 1.3-1 write them.

A pickle can run any code when it is loaded. Here it is read by an unpickler that knows a Booster alone, and turns even
that into its serialised bytes, which XGBoost then reads; a pickle of anything else is refused.
"""

from __future__ import annotations

import codecs
import io
import pickle
from collections.abc import Callable
from typing import Any

from model_monitor.quick_imports import import_xgboost

_PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


class BoosterError(ValueError):
    """Raised when bytes are not an XGBoost model; the message continues the name of their file."""


class _State:
    """Takes the place of a Booster while it is unpickled; its ``handle`` holds the serialised model."""

    handle: Any = None


#: What a pickled Booster consists of. ``_codecs.encode`` stands for bytes in older protocols.
_CLASSES: dict[tuple[str, str], Callable[..., Any]] = {
    ("xgboost.core", "Booster"): _State,
    ("builtins", "bytearray"): bytearray,
    ("__builtin__", "bytearray"): bytearray,
    ("_codecs", "encode"): lambda text, encoding: codecs.latin_1_encode(text)[0] if encoding == "latin1" else b"",
}


class _BoosterUnpickler(pickle.Unpickler):
    """Reads a pickled Booster, and refuses every other class and function."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        try:
            return _CLASSES[module_name, global_name]
        except KeyError:
            raise BoosterError(f"is a pickle with {module_name}.{global_name}, which is not loaded") from None


def load_booster(content: bytes | bytearray) -> Any:
    """Return the ``xgboost.Booster`` in the content of a model file.

    Raises:
        BoosterError: it is not an XGBoost model, or pickled by a version that this one cannot read.
    """
    xgboost = import_xgboost()
    if not content:
        raise BoosterError("is empty")
    try:
        if bytes(content[:2]) in _PICKLE_STARTS:
            return _from_pickle(xgboost, _serialised_model(content))
        return xgboost.Booster(model_file=bytearray(content))
    except xgboost.core.XGBoostError as error:
        raise BoosterError(f"is not an XGBoost model: {str(error).splitlines()[0][:200]}") from None


def _from_pickle(xgboost: Any, serialised: bytearray) -> Any:
    """Return the Booster of serialised bytes; those of versions before 1.0 are a saved model.

    Raises:
        BoosterError: this version of XGBoost does not read them.
    """
    booster = xgboost.Booster()
    try:
        booster.__setstate__({"handle": serialised})
        return booster
    except xgboost.core.XGBoostError:
        pass
    try:
        return xgboost.Booster(model_file=serialised)
    except xgboost.core.XGBoostError:
        raise BoosterError(
            f"is an XGBoost model in a format that version {xgboost.__version__} does not read; load it with the "
            "version that wrote it, or with 3.0, and save it as .ubj"
        ) from None


def _serialised_model(content: bytes | bytearray) -> bytearray:
    """Return the bytes of a Booster in a pickle."""
    try:
        state = _BoosterUnpickler(io.BytesIO(content)).load()
    except BoosterError:
        raise
    except Exception as error:  # noqa: BLE001  unpickling damaged bytes raises errors of many kinds
        raise BoosterError(f"is a damaged pickle: {type(error).__name__}") from None
    handle = getattr(state, "handle", None)
    if not isinstance(state, _State) or not isinstance(handle, bytes | bytearray):
        raise BoosterError("is a pickle, but not of an XGBoost model")
    return bytearray(handle)
