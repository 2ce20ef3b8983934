"""Run cells in a qtconsole without a screen; save a picture of its window and print its text. Arguments:
the picture's path, then the cells."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qtconsole.manager import QtKernelManager
from qtconsole.rich_jupyter_widget import RichJupyterWidget
from qtpy import QtCore, QtWidgets

app = QtWidgets.QApplication([])
manager = QtKernelManager(kernel_name="th7")
manager.start_kernel()
client = manager.client()
client.start_channels()
widget = RichJupyterWidget()
widget.kernel_manager, widget.kernel_client = manager, client
widget.resize(900, 700)
widget.show()
picture, *cells = sys.argv[1:]
waiting = [False]


def step() -> None:
    """Once the prompt is free: the next cell, or the end."""
    if widget._executing or not widget._prompt:
        return
    if cells:
        widget.execute(cells.pop(0))
        return
    if not waiting[0]:  # one more turn, in which the last output is drawn
        waiting[0] = True
        return
    timer.stop()
    widget.grab().save(picture)
    text = widget._control.toPlainText()
    sys.stdout.write(text.replace("\ufffc", "<picture>"))
    app.quit()


timer = QtCore.QTimer()
timer.timeout.connect(step)
QtCore.QTimer.singleShot(2000, lambda: timer.start(500))
app.exec()
client.stop_channels()
manager.shutdown_kernel(now=True)
