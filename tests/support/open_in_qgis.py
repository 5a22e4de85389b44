"""Open a project in QGIS itself and tell its layers as JSON; run by the Python that QGIS was installed for.

Usage: python3 open_in_qgis.py PROJECT PICTURE
"""

import json
import sys

from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

SIZE = 400


def described(layer):
    """Say of a layer whether it can be read, how many features it has, and how it is drawn."""
    renderer = layer.renderer()
    categories = renderer.categories() if renderer.type() == "categorizedSymbol" else []
    colours = {c.value(): c.symbol().color().name() for c in categories}
    found = {feature["class"] for feature in layer.getFeatures()} if categories else set()
    return {
        "valid": layer.isValid(),
        "features": layer.featureCount(),
        "crs": layer.crs().authid(),
        "fields": len(layer.fields()),
        "colours": colours,
        "without_colour": sorted(found - set(colours)),
    }


def picture(project, path):
    """Draw all layers as the project has them; return how many pixels are not white."""
    settings = QgsMapSettings()
    settings.setLayers(project.layerTreeRoot().layerOrder())
    extent = QgsRectangle()
    for layer in project.mapLayers().values():
        extent.combineExtentWith(layer.extent())
    settings.setExtent(extent)
    settings.setDestinationCrs(project.crs())
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(SIZE, SIZE))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(path)
    return sum(image.pixelColor(x, y).name() != "#ffffff" for x in range(SIZE) for y in range(SIZE))


application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
read = project.read(sys.argv[1])
order = [layer.name() for layer in project.layerTreeRoot().layerOrder()]
layers = {layer.name(): described(layer) for layer in project.mapLayers().values()}
drawn = picture(project, sys.argv[2])
print(json.dumps({"read": read, "title": project.title(), "crs": project.crs().authid(), "order": order,
                  "layers": layers, "drawn": drawn}))  # fmt: skip
project.clear()
application.exitQgis()
